"""Where jobs wait for the relay: Odoo's own table, and the ledger's deliveries."""

from odoo_bridge.outbox.ledger import LedgerOutbox
from odoo_bridge.outbox.postgres import PostgresOutbox, odoo_outbox
from odoo_bridge.outbox.rpc import RpcOutbox

__all__ = ["LedgerOutbox", "PostgresOutbox", "RpcOutbox", "ledger_outbox", "odoo_outbox"]


def ledger_outbox(dsn: str) -> LedgerOutbox:
    """The ledger's deliveries."""
    return LedgerOutbox(dsn)
