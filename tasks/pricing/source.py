"""Reads from Odoo what prices are computed from, in a few large calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from odoo_bridge.rpc.reading import iter_pages
from tasks.job import Environment
from tasks.pricing.currency import RateRow, Rates, rates_on
from tasks.pricing.engine import Catalog
from tasks.pricing.model import Pricelist, Rule
from tasks.pricing.moment import Moment
from tasks.pricing.products import Products, Unit, Units
from tasks.pricing.version import ODOO_19, Version
from tasks.reading import iter_records, read_one

PRODUCT_FIELDS = (
    "product_tmpl_id",
    "categ_id",
    "list_price",
    "price_extra",
    "standard_price",
    "currency_id",
    "cost_currency_id",
    "uom_id",
)
NUMBERS = (
    "min_quantity",
    "fixed_price",
    "percent_price",
    "price_discount",
    "price_round",
    "price_surcharge",
    "price_min_margin",
    "price_max_margin",
)
RULE_FIELDS = (
    "pricelist_id",
    "applied_on",
    "categ_id",
    "product_tmpl_id",
    "product_id",
    "compute_price",
    "base",
    "base_pricelist_id",
    "date_start",
    "date_end",
)
ARCHIVED_TOO = ("active", "in", [True, False])

Domain = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read, for all times."""

    products: Products
    pricelists: Mapping[int, Pricelist]
    units: Units
    rate_rows: Sequence[RateRow]
    company_currency_id: int
    archived: frozenset[int]
    """Currencies."""
    currency_names: Mapping[int, str]
    version: Version

    def at(self, moment: Moment) -> Catalog:
        """All that prices of one moment are computed from."""
        rates = rates_on(moment.day, self.rate_rows, self.company_currency_id)
        if rates[self.company_currency_id] != 1.0:
            # Then another currency is the one that rates refer to, and needs none itself.
            rates = {**dict.fromkeys(self.currency_names, 1.0), **rates}
        return Catalog(
            products=self.products,
            pricelists={
                each.id: each.valid(moment.first, moment.last) for each in self.pricelists.values()
            },
            rates=Rates(rates, self.archived, self.currency_names),
            units=self.units,
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Reads as the job's user, for one company: its costs and its rates.

    What the user may not see is not there.
    """

    odoo: Environment
    company_id: int
    version: Version = ODOO_19

    def read(self, pricelist_ids: Iterable[int], products: Domain) -> Snapshot:
        """All that the prices of these products in these pricelists are computed from."""
        company = read_one(self.odoo, "res.company", self.company_id, ["currency_id", "root_id"])
        pricelists = self.pricelists(pricelist_ids)
        found = self.products(products)
        wanted = {each.currency_id for each in pricelists.values()} | {company["currency_id"]}
        wanted |= {*found.currency_id.tolist(), *found.cost_currency_id.tolist()}
        currencies = self.currencies(wanted)
        return Snapshot(
            products=found,
            pricelists=pricelists,
            units=self.units(),
            rate_rows=self.rate_rows(wanted, company["root_id"]),
            company_currency_id=company["currency_id"],
            archived=frozenset(row["id"] for row in currencies if not row["active"]),
            currency_names={row["id"]: row["name"] for row in currencies},
            version=self.version,
        )

    def products(self, domain: Domain) -> Products:
        """Mirrors ``ProductProduct._price_compute``: list price plus ``price_extra``, and cost."""
        columns: dict[str, list[Any]] = {name: [] for name in ("id", *PRODUCT_FIELDS)}
        for page in iter_pages(self.odoo, "product.product", domain, PRODUCT_FIELDS):
            for name in columns:
                columns[name] += page.columns[name]
        paths = self._category_paths({category or 0 for category in columns["categ_id"]})
        names = sorted(set(paths.values()))
        places = {path: place for place, path in enumerate(names)}
        categories = [places[paths[category or 0]] for category in columns["categ_id"]]
        return Products(
            id=np.array(columns["id"], dtype=np.int64),
            template_id=np.array(columns["product_tmpl_id"], dtype=np.int64),
            category=np.array(categories, dtype=np.int64),
            category_paths=names,
            list_price=np.array(columns["list_price"], dtype=np.float64)
            + np.array(columns["price_extra"], dtype=np.float64),
            cost=np.array(columns["standard_price"], dtype=np.float64),
            currency_id=np.array(columns["currency_id"], dtype=np.int64),
            cost_currency_id=np.array(columns["cost_currency_id"], dtype=np.int64),
            unit_id=np.array(columns["uom_id"], dtype=np.int64),
        )

    def pricelists(self, ids: Iterable[int]) -> dict[int, Pricelist]:
        """These pricelists and all that they rest on, by id, with the rules of all times."""
        found: dict[int, Pricelist] = {}
        wanted = set(ids)
        while wanted:
            found |= self._read_pricelists(wanted)
            wanted = {base for p in found.values() for base in p.rests_on} - found.keys() - wanted
        return found

    def rate_rows(self, currency_ids: Iterable[int], root_id: int) -> list[RateRow]:
        """The rates of all days that count for a company; its branches have those of the root."""
        domain = [
            ("currency_id", "in", sorted(currency_ids)),
            ("company_id", "in", [False, root_id]),
        ]
        fields = ("currency_id", "company_id", "name", "rate")
        return [_rate_row(r) for r in iter_records(self.odoo, "res.currency.rate", domain, fields)]

    def currencies(self, ids: Iterable[int]) -> list[Json]:
        """``id``, ``name``, ``rounding`` and ``active`` of some currencies."""
        domain = [("id", "in", sorted(ids)), ARCHIVED_TOO]
        fields = ("name", "rounding", "active")
        return list(iter_records(self.odoo, "res.currency", domain, fields))

    def units(self) -> Units:
        """All units of measure."""
        rows = iter_records(self.odoo, "uom.uom", [ARCHIVED_TOO], ["factor", "rounding"])
        units = (Unit(row["id"], row["factor"], row["rounding"]) for row in rows)
        return Units(units, self.version)

    def _read_pricelists(self, ids: set[int]) -> dict[int, Pricelist]:
        domain = [("id", "in", sorted(ids)), ARCHIVED_TOO]
        rows = list(iter_records(self.odoo, "product.pricelist", domain, ["currency_id"]))
        rules = self._rules([row["id"] for row in rows])
        return {
            row["id"]: Pricelist(row["id"], row["currency_id"], tuple(rules[row["id"]]))
            for row in rows
        }

    def _rules(self, pricelist_ids: Sequence[int]) -> dict[int, list[Rule]]:
        """Rules by pricelist; Odoo itself sorts them, for it sorts categories by their names.

        A rule that is deleted meanwhile is as if it had never been.
        """
        domain = [("pricelist_id", "in", list(pricelist_ids))]
        order: list[int] = self.odoo["product.pricelist.item"].search(domain)
        markup = ("price_markup",) if self.version.markup_on_cost else ()
        fields = (*RULE_FIELDS, *NUMBERS, *markup)
        rows = {
            row["id"]: row
            for row in iter_records(self.odoo, "product.pricelist.item", domain, fields)
        }
        paths = self._category_paths({row["categ_id"] or 0 for row in rows.values()})
        rules: dict[int, list[Rule]] = {pricelist_id: [] for pricelist_id in pricelist_ids}
        for row in (rows[rule_id] for rule_id in order if rule_id in rows):
            rules[row["pricelist_id"]].append(_rule(row, paths, (*NUMBERS, *markup)))
        return rules

    def _category_paths(self, ids: set[int]) -> Mapping[int, str]:
        """``parent_path`` by category; of none, it is empty."""
        wanted = sorted(ids - {0})
        if not wanted:
            return {0: ""}
        rows = iter_records(self.odoo, "product.category", [("id", "in", wanted)], ["parent_path"])
        return {0: "", **dict.fromkeys(wanted, ""), **{r["id"]: r["parent_path"] for r in rows}}


def these_products(ids: Sequence[int] | None) -> Domain:
    """Every active product that can be sold; or those named, archived ones too."""
    return [("sale_ok", "=", True)] if ids is None else [("id", "in", list(ids)), ARCHIVED_TOO]


def refuse_missing(ids: Sequence[int] | None, products: Products) -> None:
    """Raises ``RecordMissing`` for a product that is gone or that the user may not see."""
    missing = set(ids or ()) - set(products.id.tolist())
    if missing:
        raise RecordMissing(f"no such products: {sorted(missing)[:10]}")


def _rule(row: Json, paths: Mapping[int, str], numbers: Iterable[str]) -> Rule:
    return Rule(
        id=row["id"],
        applied_on=row["applied_on"],
        category_path=paths[row["categ_id"]] if row["categ_id"] else None,
        template_id=row["product_tmpl_id"] or None,
        product_id=row["product_id"] or None,
        date_start=_time(row["date_start"]),
        date_end=_time(row["date_end"]),
        compute_price=row["compute_price"],
        base=row["base"],
        base_pricelist_id=row["base_pricelist_id"] or None,
        **{name: row[name] for name in numbers},
    )


def _time(value: str | bool) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _rate_row(row: Json) -> RateRow:
    day = date.fromisoformat(row["name"])
    return RateRow(row["currency_id"], row["company_id"] or None, day, row["rate"])
