"""The HTTP intake: webhooks are verified, stored in the ledger, then answered."""

from odoo_bridge.gateway.app import build_app
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.gateway.source import Source

__all__ = ["GatewayOptions", "Source", "build_app"]
