"""``pricing.export``: price lists as a file, a pricelist for each group of customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.files import MIMETYPES, PriceLine, render
from tasks.pricing.moment import Moment
from tasks.pricing.recalculate import source_of
from tasks.pricing.rounding import float_round
from tasks.pricing.source import PriceSource, Snapshot, refuse_missing, these_products
from tasks.pricing.table import price_rows
from tasks.reading import iter_records
from tasks.registry import Params, task


class ExportParams(Params):
    """Which prices, in which form."""

    pricelist_ids: list[int] = Field(min_length=1)
    product_ids: list[int] | None = None
    """``None``: every active product that can be sold."""
    date: dt.date | None = None
    """``None``: now."""
    format: Literal["xlsx", "csv", "parquet"] = "xlsx"
    """Parquet needs the extra ``columns``."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines of pricelists, and what was wrong with the others."""

    lists: dict[str, list[PriceLine]]
    """By the name of the pricelist with its id, so that each is another one."""
    errors: dict[str, str]
    """By the pricelist's id."""
    day: dt.date


@task("pricing.export", queue="pricing", time_limit=1800)
def export(job: Job, params: ExportParams) -> Json:
    """Attach the prices of some pricelists to the job, as a file."""
    found = priced(job, params.pricelist_ids, params.product_ids, params.date)
    name = f"prices-{found.day}.{params.format}"
    job.attach(name, render(found.lists, params.format), MIMETYPES[params.format])
    return {
        "file": name,
        "prices": sum(map(len, found.lists.values())),
        "errors": found.errors,
    }


def priced(
    job: Job, pricelist_ids: list[int], product_ids: list[int] | None, date: dt.date | None
) -> Priced:
    """The prices of some pricelists as customers read them.

    Raises ``Permanent`` when not one pricelist can be computed.
    """
    source = source_of(job)
    snapshot = source.read(pricelist_ids, these_products(product_ids))
    refuse_missing(product_ids, snapshot.products)
    engine = Engine(snapshot.at(Moment.of(date, job.envelope.context.get("tz"))))
    names = _Names(job, source, snapshot)
    found = Priced({}, {}, date or dt.datetime.now(dt.UTC).date())
    for done, pricelist_id in enumerate(dict.fromkeys(pricelist_ids), start=1):
        job.check_cancelled()
        try:
            lines = _lines(engine, snapshot, pricelist_id, names)
            found.lists[f"{names.pricelists[pricelist_id]} ({pricelist_id})"] = lines
        except Permanent as error:  # the others are still done
            job.note(f"pricelist {pricelist_id}: {error}")
            found.errors[str(pricelist_id)] = str(error)
        job.progress(done, len(pricelist_ids), "compute prices")
    if not found.lists:
        raise Permanent("; ".join(found.errors.values()))
    return found


class _Names:
    """What people call products, pricelists and currencies."""

    def __init__(self, job: Job, source: PriceSource, snapshot: Snapshot) -> None:
        ids = snapshot.products.id.tolist()
        products = iter_records(
            job.odoo, "product.product", these_products(ids), ["default_code", "display_name"]
        )
        self.products: Mapping[int, Json] = {row["id"]: row for row in products}
        lists = [("id", "in", sorted(snapshot.pricelists)), ("active", "in", [True, False])]
        pricelists = iter_records(job.odoo, "product.pricelist", lists, ["name"])
        self.pricelists: Mapping[int, str] = {row["id"]: row["name"] for row in pricelists}
        used = {each.currency_id for each in snapshot.pricelists.values()}
        self.currencies: Mapping[int, Json] = {c["id"]: c for c in source.currencies(used)}


def _lines(engine: Engine, snapshot: Snapshot, pricelist_id: int, names: _Names) -> list[PriceLine]:
    """Rounded as the currency is: a customer pays no fractions of it."""
    places = np.arange(len(snapshot.products))
    rows = [row for _done, found in price_rows(engine, pricelist_id, places) for row in found]
    currency = names.currencies[snapshot.pricelists[pricelist_id].currency_id]
    return [
        PriceLine(
            reference=names.products[product]["default_code"] or "",
            product=names.products[product]["display_name"],
            min_quantity=quantity,
            price=float_round(price, currency["rounding"]),
            currency=currency["name"],
        )
        for product, quantity, price in rows
        if product in names.products
    ]
