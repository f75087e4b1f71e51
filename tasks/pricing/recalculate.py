"""``pricing.recalculate``: the prices of pricelists, into Odoo's price table."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, WithJsonSchema, model_validator

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.moment import Day
from tasks.pricing.work import Checks, Selection, Work, compute_all, compute_some, source_of
from tasks.registry import Params, task
from tasks.retry import Retry

__all__ = ["PricingParams", "recalculate", "source_of"]

SHOWN = 10
"""Mismatches that a result spells out."""

ONE_OF: list[JsonValue] = [{"required": ["pricelist_id"]}, {"required": ["pricelist_ids"]}]
"""For Odoo, which checks params when a job is enqueued."""

LAST = dt.date(9998, 12, 31)
"""A later day has no end that can be told."""


class PricingParams(Params):
    """Which prices to compute."""

    model_config = ConfigDict(json_schema_extra={"anyOf": ONE_OF})

    pricelist_id: Annotated[
        int | None, Field(gt=0), WithJsonSchema({"type": "integer", "exclusiveMinimum": 0})
    ] = None
    pricelist_ids: list[int] | None = Field(default=None, min_length=1)
    """Several in one job: products are read once."""
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""
    product_range: tuple[int, int] | None = None
    """Of those, the ones with an id from the first to the last."""
    dates: list[Annotated[dt.date, Field(le=LAST)]] | None = Field(default=None, min_length=1)
    """Days whose prices are kept, beside those of now. ``None``: those of now."""
    sample: int = Field(default=20, ge=0)
    """How many prices of each pricelist, and of each day, to compare with Odoo's own."""
    accept_mismatches: bool = False
    """Store the prices even when Odoo's own differ."""
    part: bool = False
    """Of a work that several jobs share: what is wrong with all of its pricelists stands in its
    result too, for the job that sums up."""

    @model_validator(mode="after")
    def _check_pricelists(self) -> Self:
        if (self.pricelist_id is None) == (self.pricelist_ids is None):
            raise ValueError("give one of pricelist_id and pricelist_ids")
        return self

    @property
    def pricelists(self) -> list[int]:
        """Each once."""
        return list(dict.fromkeys(self.pricelist_ids or [self.pricelist_id or 0]))

    @property
    def selection(self) -> Selection | None:
        """``None``: all products."""
        if self.product_ids is None and self.product_range is None:
            return None
        return Selection(self.product_ids, self.product_range)

    def days(self, zone: str) -> list[Day | None]:
        """Each once, as they begin and end in a time zone."""
        return [Day(date, zone) for date in sorted(set(self.dates))] if self.dates else [None]


@task("pricing.recalculate", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def recalculate(job: Job, params: PricingParams) -> Json:
    """Compute the prices of pricelists and store in Odoo those that have changed.

    Prices of all products are stored while the job runs, a pricelist after another; an attempt goes
    on where the one before it stopped. Those of some products are stored with its result.
    """
    checks = Checks(params.sample, params.accept_mismatches)
    days = params.days(job.envelope.context.get("tz") or "UTC")
    selection = params.selection
    if selection is None:
        work = compute_all(job, params.pricelists, days, checks)
    else:
        work = compute_some(job, params.pricelists, days, checks, selection)
    if not params.part:
        work.raise_if_none_done()
    return _result(work)


def _result(work: Work) -> Json:
    currencies = {work.currency(each)["name"] for each in work.done}
    return {
        "prices": work.prices,
        "products": len(work.snapshot.products),
        "compared": work.compared,
        "mismatches": work.mismatches[:SHOWN],
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "pricelists": len({each.pricelist_id for each in work.done}),
        "written": work.written,
        "errors": work.errors,
    }
