"""``pricing.recalculate``: the prices of a pricelist, into Odoo's price table."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np
from pydantic import Field

from odoo_bridge.errors import Permanent, RecordMissing
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.changes import valid_until
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Moment
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource, Snapshot, refuse_missing, these_products
from tasks.pricing.table import PriceRow, price_rows
from tasks.reading import PAGE, company_id_of
from tasks.registry import Params, task
from tasks.retry import Retry

SHOWN = 10
"""Mismatches that an error or a result spells out."""


class PricingParams(Params):
    """Which prices to compute."""

    pricelist_id: int = Field(gt=0)
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""
    product_range: tuple[int, int] | None = None
    """Of those, the ones with an id from the first to the last."""
    date: dt.date | None = None
    """``None``: now."""
    sample: int = Field(default=20, ge=0)
    """How many of the prices to compare with Odoo's own, which are those of now: with a ``date``
    there is nothing to compare with."""
    accept_mismatches: bool = False
    """Store the prices even when Odoo's own differ."""


@task("pricing.recalculate", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def recalculate(job: Job, params: PricingParams) -> Json:
    """Compute the prices of a pricelist and store in Odoo those that have changed."""
    source = source_of(job)
    seen = job.odoo["celery.price"].begin()["seen"]
    moment = Moment.of(params.date, job.envelope.context.get("tz"))
    snapshot = _read(job, source, params)
    job.progress(0, len(snapshot.products), "read pricelist and products")
    engine = Engine(snapshot.at(moment))
    rows: list[PriceRow] = []
    for done, found in price_rows(engine, params.pricelist_id, np.arange(len(snapshot.products))):
        job.check_cancelled()
        rows += found
        job.progress(done, len(snapshot.products), "compute prices")
    currency = _currency(source, snapshot, params.pricelist_id)
    compared, mismatches = _compare(job, params, rows, currency["rounding"])
    source.refuse_changed(snapshot, params.pricelist_id)
    store(job, params.pricelist_id, rows)
    if params.date:
        job.call("celery.price", [], "unsettle", params.pricelist_id)
    elif params.product_ids is None and params.product_range is None:
        until = valid_until(snapshot, params.pricelist_id, moment)
        ids = snapshot.products.id.tolist()
        job.call("celery.price", [], "forget", params.pricelist_id, ids, True)
        job.call("celery.price", [], "settle", params.pricelist_id, seen, until)
    return {
        "prices": len(rows),
        "products": len(snapshot.products),
        "compared": compared,
        "mismatches": mismatches[:SHOWN],
        "currency": currency["name"],
    }


def store(job: Job, pricelist_id: int, rows: list[PriceRow]) -> None:
    """Have rows written where they differ, with the job's result."""
    for chunk in whole_products(rows, PAGE):
        job.call("celery.price", [], "store_prices", pricelist_id, chunk)


def source_of(job: Job) -> PriceSource:
    """Reads as the job's user, for the job's company."""
    company_id = company_id_of(job.odoo, job.envelope.user_id, job.envelope.context)
    return PriceSource(job.odoo, company_id)


def _read(job: Job, source: PriceSource, params: PricingParams) -> Snapshot:
    domain = list(these_products(params.product_ids))
    if params.product_range:
        first, last = params.product_range
        domain += [("id", ">=", first), ("id", "<=", last)]
    snapshot = source.read([params.pricelist_id], domain)
    if params.pricelist_id not in snapshot.pricelists:
        raise RecordMissing(f"no such pricelists: [{params.pricelist_id}]")
    if not params.product_range:
        refuse_missing(params.product_ids, snapshot.products)
    job.check_cancelled()
    return snapshot


def _currency(source: PriceSource, snapshot: Snapshot, pricelist_id: int) -> Json:
    (found,) = source.currencies([snapshot.pricelists[pricelist_id].currency_id])
    return found


def whole_products(rows: list[PriceRow], size: int) -> Iterator[list[list[float]]]:
    """At most ``size`` rows at a time, but all of one product together.

    ``store_prices`` deletes the quantities of a product that a call does not name.
    """
    chunk: list[list[float]] = []
    for _product_id, group in groupby(rows, key=itemgetter(0)):
        prices = [list(row) for row in group]
        if chunk and len(chunk) + len(prices) > size:
            yield chunk
            chunk = []
        chunk += prices
    if chunk:
        yield chunk


def _compare(
    job: Job, params: PricingParams, rows: list[PriceRow], step: float
) -> tuple[int, list[Json]]:
    """Hold a sample of the prices against Odoo's own.

    The sample differs from job to job and is the same at each attempt of one. Raises
    ``Permanent`` on a mismatch, unless the params accept it.
    """
    size = 0 if params.date else min(params.sample, len(rows))
    sample = random.Random(job.uuid).sample(rows, size)  # noqa: S311 - a sample, not a secret
    if not sample:
        return 0, []
    pairs = [[product_id, quantity] for product_id, quantity, _price in sample]
    job.progress(0, len(pairs), "compare with Odoo's own prices")
    theirs = job.odoo["celery.price"].reference_prices(params.pricelist_id, pairs)
    mismatches = [
        {"product_id": product_id, "quantity": quantity, "price": price, "odoo": odoo}
        for (product_id, quantity, price), odoo in zip(sample, theirs, strict=True)
        if not same_amount(price, odoo, step)
    ]
    if mismatches and not params.accept_mismatches:
        raise Permanent(f"prices differ from Odoo's own: {mismatches[:SHOWN]}")
    return len(sample), mismatches
