"""The tasks that come with the fabric: importing this module registers them."""

from __future__ import annotations

from tasks import files, queue_job, records
from tasks.pricing import (
    export,
    list_prices,
    recalculate,
    recalculated,
    refresh,
    update_orders,
)
from tasks.reports import documents, price_list, sales
from tasks.reports.books import aged, general_ledger, stock_valuation, trial_balance
from tasks.reports.export import task as reports_export
from tasks.webhooks import ingest, send

__all__ = [
    "aged",
    "documents",
    "export",
    "files",
    "general_ledger",
    "ingest",
    "list_prices",
    "price_list",
    "queue_job",
    "recalculate",
    "recalculated",
    "records",
    "refresh",
    "reports_export",
    "sales",
    "send",
    "stock_valuation",
    "trial_balance",
    "update_orders",
]
