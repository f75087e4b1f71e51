"""``reports.price_list``: price lists for customers, as ``pricing.export`` computes them."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.lists import priced
from tasks.registry import task
from tasks.reports.kit import Document, Letterhead, ReportParams, produce
from tasks.reports.words import Words


class PriceListParams(ReportParams):
    """Which prices."""

    pricelist_ids: list[int] = Field(
        min_length=1, title="Pricelists", json_schema_extra={"records": "product.pricelist"}
    )
    product_ids: list[int] | None = Field(
        default=None, title="Products", json_schema_extra={"records": "product.product"}
    )
    """``None``: every active product that can be sold."""
    date: dt.date | None = None
    """The day whose prices count; ``None``: now."""


@task("reports.price_list", queue="reports", time_limit=1800)
def price_list(job: Job, params: PriceListParams) -> Json:
    """Price lists, a sheet each.

    What is wrong with one pricelist stands in ``errors``; raises ``Permanent`` when it is all.
    """
    found = priced(job, params.pricelist_ids, params.product_ids, params.date)
    letterhead = Letterhead.of(job)
    words = Words.of(letterhead.locale.language)
    document = Document(
        name=f"price-list-{found.day}",
        title=words.price_list,
        letterhead=letterhead,
        sheets=[each.sheet(found.titles) for each in found.lists],
        facts=[(words.date, letterhead.locale.date(found.day))],
        landscape=False,
    )
    return {**produce(job, document, params, found.lines), "errors": found.errors}
