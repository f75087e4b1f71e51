"""``pricing.export``: price lists as a file, a pricelist for each group of customers."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.lists import priced
from tasks.registry import Params, task
from tasks.reports.kit import Document, Letterhead, ReportParams, produce


class ExportParams(Params):
    """Which prices, in which form."""

    pricelist_ids: list[int] = Field(min_length=1)
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""
    date: dt.date | None = None
    """``None``: now."""
    format: Literal["xlsx", "csv", "parquet"] = "xlsx"
    """Parquet needs the extra ``columns``."""


@task("pricing.export", queue="pricing", time_limit=1800)
def export(job: Job, params: ExportParams) -> Json:
    """Attach the prices of some pricelists to the job, as a file."""
    found = priced(job, params.pricelist_ids, params.product_ids, params.date)
    sheets = [each.sheet(found.titles) for each in found.lists]
    document = Document(
        name=f"prices-{found.day}",
        title="",
        letterhead=Letterhead.of(job),
        sheets=sheets if params.format == "xlsx" else [found.together()],
    )
    made = produce(job, document, ReportParams(format=params.format), found.lines)
    return {
        "file": made["file"],
        "prices": made["rows"],
        "bytes": made["bytes"],
        "errors": found.errors,
    }
