"""``pricing.recalculate``: the prices of a pricelist, into Odoo's price table."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from pydantic import Field

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.model import Product
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource
from tasks.reading import PAGE, company_id_of
from tasks.registry import Params, task
from tasks.retry import Retry

PriceRow = tuple[int, float, float]
"""Product id, quantity from which on the price holds, unit price in the pricelist's currency."""

SHOWN = 10
"""Mismatches that an error or a result spells out."""


class PricingParams(Params):
    """Which prices to compute."""

    pricelist_id: int = Field(gt=0)
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""
    date: dt.date | None = None
    """``None``: now."""
    sample: int = Field(default=20, ge=0)
    """How many of the prices to compare with Odoo's own, which are those of now: with a ``date``
    there is nothing to compare with."""
    accept_mismatches: bool = False
    """Store the prices even when Odoo's own differ."""


@task("pricing.recalculate", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def recalculate(job: Job, params: PricingParams) -> Json:
    """Compute the prices of a pricelist and store them in Odoo."""
    company_id = company_id_of(job.odoo, job.envelope.user_id, job.envelope.context)
    source = PriceSource(job.odoo, company_id, params.date)
    pricelists = source.pricelists(params.pricelist_id)
    products = source.products(params.product_ids)
    job.progress(0, len(products), "read pricelist and products")
    currency_ids = {p.currency_id for p in pricelists.values()}
    currency_ids |= {c for p in products for c in (p.currency_id, p.cost_currency_id)}
    engine = Engine(pricelists, source.rates(currency_ids))
    rows = _compute(job, engine, params.pricelist_id, products)
    currency = source.currency(pricelists[params.pricelist_id].currency_id)
    compared, mismatches = _compare(job, params, rows, currency["rounding"])
    for chunk in whole_products(rows, PAGE):
        job.call("celery.price", [], "store_prices", params.pricelist_id, chunk)
    return {
        "prices": len(rows),
        "products": len(products),
        "compared": compared,
        "mismatches": mismatches[:SHOWN],
        "currency": currency["name"],
    }


def _compute(
    job: Job, engine: Engine, pricelist_id: int, products: list[Product]
) -> list[PriceRow]:
    rows: list[PriceRow] = []
    for done, product in enumerate(products, start=1):
        for quantity in engine.breaks(pricelist_id, product):
            rows.append((product.id, quantity, engine.price(pricelist_id, product, quantity)))
        if done % 100 == 0 or done == len(products):
            job.progress(done, len(products), "compute prices")
    return rows


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
