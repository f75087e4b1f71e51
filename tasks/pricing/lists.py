"""Price lists as customers read them: sheets of the report kit, a pricelist each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Moment
from tasks.pricing.products import Ints
from tasks.pricing.recalculate import source_of
from tasks.pricing.rounding import float_round_all
from tasks.pricing.source import ARCHIVED_TOO, Snapshot, refuse_missing, these_products
from tasks.pricing.table import Prices, computed
from tasks.reading import iter_records
from tasks.reports.fields import titles as field_titles
from tasks.reports.kit import Block, Column, Currency, Sheet
from tasks.reports.words import Words

LINES = 2_000
"""Of a block."""
Texts = npt.NDArray[np.object_]
Titles = Mapping[str, str]
"""Of columns by their names, in the language of the job's user."""
FIELDS = {"reference": "default_code", "product": "product_variant_id", "currency": "currency_id"}
"""Of products, by the columns that are called as Odoo calls them."""


@dataclass(frozen=True, slots=True)
class ProductNames:
    """What people call products; in the order of ids."""

    ids: Ints
    references: Texts
    names: Texts

    @classmethod
    def read(cls, job: Job, ids: Sequence[int]) -> ProductNames:
        """As the job's user reads them; without those that are gone."""
        wanted = ["default_code", "display_name"]
        rows = list(iter_records(job.odoo, "product.product", these_products(ids), wanted))
        return cls(
            np.array([row["id"] for row in rows], dtype=np.int64),
            np.array([row["default_code"] or "" for row in rows], dtype=object),
            np.array([row["display_name"] for row in rows], dtype=object),
        )


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of a pricelist, rounded as its currency is: nobody pays fractions of it."""

    name: str
    """With its id, so that each is another one."""
    currency: Currency
    prices: Prices
    products: ProductNames

    def sheet(self, titles: Titles) -> Sheet:
        """Of its own."""
        return Sheet(self.name, columns(titles, self.currency), self.blocks())

    def blocks(self, *, named: bool = False) -> Iterator[Block]:
        """Its lines; ``named``: the pricelist's name stands first in each."""
        for first in range(0, len(self.prices), LINES):
            part = self.prices.part(first, first + LINES)
            places = np.searchsorted(self.products.ids, part.products)
            yield Block(
                [
                    *([[self.name] * len(part)] if named else []),
                    self.products.references[places].tolist(),
                    self.products.names[places].tolist(),
                    part.quantities.tolist(),
                    part.prices.tolist(),
                    [self.currency.name] * len(part),
                ]
            )


@dataclass(frozen=True, slots=True)
class Priced:
    """Price lists, and what was wrong with the others."""

    lists: Sequence[PriceList]
    errors: dict[str, str]
    """By the pricelist's id."""
    day: dt.date
    titles: Titles

    @property
    def lines(self) -> int:
        """How many there are."""
        return sum(len(each.prices) for each in self.lists)

    def together(self) -> Sheet:
        """All in one sheet, for programs: each line names its pricelist."""
        rows = (block for each in self.lists for block in each.blocks(named=True))
        return Sheet(
            "Prices", [Column("pricelist", "Pricelist"), *columns(self.titles, None)], rows
        )


def columns(titles: Titles, currency: Currency | None) -> list[Column]:
    """Of a price list; ``None``: of several, each line in a currency of its own."""
    return [
        Column("reference", titles["reference"]),
        Column("product", titles["product"]),
        Column("min_quantity", titles["min_quantity"], "number", blank_zero=True),
        Column("price", titles["price"], "money" if currency else "number", currency=currency),
        Column("currency", titles["currency"], width=9),
    ]


def priced(
    job: Job, pricelist_ids: Sequence[int], product_ids: list[int] | None, date: dt.date | None
) -> Priced:
    """The prices of some pricelists.

    Raises ``Permanent`` when not one pricelist can be computed.
    """
    source = source_of(job)
    snapshot = source.read(pricelist_ids, these_products(product_ids))
    refuse_missing(product_ids, snapshot.products)
    engine = Engine(snapshot.at(Moment.of(date, job.envelope.context.get("tz"))))
    named = _Named(job, snapshot)
    lists, errors = [], {}
    asked = list(dict.fromkeys(pricelist_ids))
    for done, pricelist_id in enumerate(asked, start=1):
        job.check_cancelled()
        try:
            lists.append(named.list_of(pricelist_id, _all_prices(engine, pricelist_id, snapshot)))
        except Permanent as error:  # the others are still done
            job.note(f"pricelist {pricelist_id}: {error}")
            errors[str(pricelist_id)] = str(error)
        job.progress(done, len(asked), "compute prices")
    if not lists:
        raise Permanent("; ".join(errors.values()))
    return Priced(lists, errors, date or dt.datetime.now(dt.UTC).date(), _titles(job))


class _Named:
    """What people call products, pricelists and currencies."""

    def __init__(self, job: Job, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._products = ProductNames.read(job, snapshot.products.id.tolist())
        self._lists = _by_id(job, "product.pricelist", set(snapshot.pricelists), ["name"])
        used = {each.currency_id for each in snapshot.pricelists.values()}
        self._currencies = _by_id(job, "res.currency", used, [*Currency.FIELDS, "rounding"])

    def list_of(self, pricelist_id: int, prices: Prices) -> PriceList:
        """Rounded, and without the products that are gone by now."""
        prices = prices.at(np.isin(prices.products, self._products.ids))
        currency = self._currencies[self._snapshot.pricelists[pricelist_id].currency_id]
        rounded = float_round_all(prices.prices, currency["rounding"])
        name = f"{self._lists[pricelist_id]['name']} ({pricelist_id})"
        prices = Prices(prices.products, prices.quantities, rounded)
        return PriceList(name, Currency.of(currency), prices, self._products)


def _titles(job: Job) -> Titles:
    said = field_titles(job.odoo, "product.product", FIELDS.values())
    words = Words.of(job.envelope.context.get("lang") or "")
    own = {"min_quantity": words.min_quantity, "price": words.price}
    return {name: said[field] for name, field in FIELDS.items()} | own


def _all_prices(engine: Engine, pricelist_id: int, snapshot: Snapshot) -> Prices:
    places = np.arange(len(snapshot.products))
    return Prices.joined([part for _done, part in computed(engine, pricelist_id, places)])


def _by_id(job: Job, model: str, ids: set[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
    domain = [("id", "in", sorted(ids)), ARCHIVED_TOO]
    rows: Iterator[Json] = iter_records(job.odoo, model, domain, fields)
    return {row["id"]: dict(row) for row in rows}
