"""The fabric's own PostgreSQL: inbound deliveries, and what became of them."""

from odoo_bridge.ledger.deliveries import Delivery, Standing
from odoo_bridge.ledger.ledger import Ledger
from odoo_bridge.ledger.schema import migrate

__all__ = ["Delivery", "Ledger", "Standing", "migrate"]
