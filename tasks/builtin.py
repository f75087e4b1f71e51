"""The tasks that come with the fabric: importing this module registers them."""

from __future__ import annotations

from tasks import queue_job, records
from tasks.pricing import export, list_prices, recalculate, refresh, update_orders
from tasks.reports import documents, sales
from tasks.webhooks import ingest, send

__all__ = [
    "documents",
    "export",
    "ingest",
    "list_prices",
    "queue_job",
    "recalculate",
    "records",
    "refresh",
    "sales",
    "send",
    "update_orders",
]
