"""Periodic upkeep of the fabric itself, started by beat. Not jobs: they may run twice, or not."""

from __future__ import annotations

import structlog

from odoo_bridge.ledger import Ledger

log = structlog.get_logger(__name__)


def prune_deliveries(ledger: Ledger, keep_days: int = 30) -> int:
    """Delete deliveries that ended well more than ``keep_days`` days ago; how many."""
    pruned = ledger.prune(keep_days)
    log.info("deliveries.pruned", deliveries=pruned, keep_days=keep_days)
    return pruned
