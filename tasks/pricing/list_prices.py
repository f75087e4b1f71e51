"""``pricing.update_list_prices``: sales prices of products from the cost and margin rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Moment
from tasks.pricing.products import Cases, Ints
from tasks.pricing.recalculate import source_of
from tasks.pricing.rounding import Floats, float_round, same_amount
from tasks.pricing.source import PriceSource, Snapshot, refuse_missing, these_products
from tasks.reading import iter_records
from tasks.registry import Params, task

SHOWN = 10
"""Products that a line of the log names."""


class ListPriceParams(Params):
    """Whose sales prices, by which rules."""

    pricelist_id: int = Field(gt=0)
    """Its rules on the cost, and its fixed prices, say what a product is to cost."""
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""


@task("pricing.update_list_prices", queue="pricing", time_limit=1800)
def update_list_prices(job: Job, params: ListPriceParams) -> Json:
    """Write the sales prices that a pricelist makes of costs, where they differ."""
    source = source_of(job)
    snapshot = source.read([params.pricelist_id], these_products(params.product_ids))
    refuse_missing(params.product_ids, snapshot.products)
    prices = prices_from_cost(snapshot, params.pricelist_id, Moment.of(None))
    alone = _only_variants(snapshot.products.template_id)
    job.check_cancelled()
    steps = {row["id"]: row["rounding"] for row in _currencies(source, snapshot)}
    templates = snapshot.products.template_id[alone].tolist()
    domain = [("id", "in", templates), ("active", "in", [True, False])]
    rows = iter_records(job.odoo, "product.template", domain, ["list_price"])
    before = {row["id"]: row["list_price"] for row in rows}
    ids = snapshot.products.id
    _say_left(job, "their templates have several variants", np.delete(ids, alone).tolist())
    unknown = ids[alone[np.isnan(prices[alone])]].tolist()
    _say_left(job, "the price rests on the sales price, or on a cost that they lack", unknown)
    written, skipped = 0, len(prices) - len(alone)
    for place, template in zip(alone.tolist(), templates, strict=True):
        step = steps[int(snapshot.products.currency_id[place])]
        extras = float(snapshot.products.list_price[place]) - before[template]
        if np.isnan(prices[place]):
            skipped += 1
        elif not same_amount(price := float(prices[place]) - extras, before[template], step):
            job.write("product.template", [template], {"list_price": float_round(price, step)})
            written += 1
    return {"written": written, "unchanged": len(prices) - written - skipped, "skipped": skipped}


def prices_from_cost(snapshot: Snapshot, pricelist_id: int, moment: Moment) -> Floats:
    """The price of one of each product in its own currency; NaN where it rests on the sales price.

    Else each run would raise what the run before has raised. NaN as well where it rests on a cost
    of 0: in Odoo that is a cost which nobody has entered, and to sell for nothing is no margin.
    """
    before = snapshot.products
    unknown = np.full(len(before), np.nan)
    cost = np.where(before.cost == 0, np.nan, before.cost)
    products = replace(before, list_price=unknown, cost=cost)
    catalog = replace(snapshot, products=products).at(moment)
    cases = Cases(np.arange(len(products)), np.ones(len(products)))
    prices = Engine(catalog).prices(pricelist_id, cases, unknown=True)
    source = np.full(len(products), snapshot.pricelists[pricelist_id].currency_id)
    for currency in np.unique(products.currency_id).tolist():
        places = np.flatnonzero((products.currency_id == currency) & ~np.isnan(prices))
        prices[places] = catalog.rates.convert(prices[places], source[places], currency)
    return prices


def _only_variants(template_id: Ints) -> Ints:
    """The places of products whose template has no other product here: of several it would be
    unclear whose price is the template's."""
    _ids, places, counts = np.unique(template_id, return_index=True, return_counts=True)
    return np.sort(places[counts == 1])


def _say_left(job: Job, why: str, ids: list[int]) -> None:
    if ids:
        some = iter_records(
            job.odoo, "product.product", these_products(ids[:SHOWN]), ["display_name"]
        )
        names = ", ".join(row["display_name"] for row in some)
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        job.note(f"{len(ids)} products are left, for {why}: {names}{more}")


def _currencies(source: PriceSource, snapshot: Snapshot) -> list[Json]:
    return source.currencies(set(snapshot.products.currency_id.tolist()))
