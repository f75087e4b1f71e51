"""What ``pricing.recalculate`` reads from Odoo, in a few large calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args

from odoo_bridge.errors import Permanent, RecordMissing
from odoo_bridge.job import Json
from tasks.job import Environment
from tasks.pricing.currency import RateRow, Rates, rates_on
from tasks.pricing.model import Base, ComputePrice, Pricelist, Product, Rule
from tasks.reading import read_one, search_read_all

PRODUCT_FIELDS = (
    "product_tmpl_id",
    "categ_id",
    "list_price",
    "price_extra",
    "standard_price",
    "currency_id",
    "cost_currency_id",
)
NUMBERS = (
    "min_quantity",
    "fixed_price",
    "percent_price",
    "price_discount",
    "price_markup",
    "price_round",
    "price_surcharge",
    "price_min_margin",
    "price_max_margin",
)
RULE_FIELDS = (
    *NUMBERS,
    "pricelist_id",
    "applied_on",
    "categ_id",
    "product_tmpl_id",
    "product_id",
    "compute_price",
    "base",
    "base_pricelist_id",
)


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Reads as the job's user, for one company and one moment.

    ``on`` ``None`` means now; a day means any time of that day in the user's time zone, which
    is how Odoo reads a date in a domain on a datetime (``odoo/orm/domains.py``,
    ``_optimize_type_datetime``).
    """

    odoo: Environment
    company_id: int
    on: date | None = None

    def products(self, ids: Sequence[int] | None) -> list[Product]:
        """These products, or every active one that can be sold.

        Raises ``RecordMissing`` for an id that is gone or that the user may not see.
        """
        domain = _saleable() if ids is None else _these(ids)
        rows = list(search_read_all(self.odoo, "product.product", domain, PRODUCT_FIELDS))
        missing = set(ids or ()) - {row["id"] for row in rows}
        if missing:
            raise RecordMissing(f"no such products: {sorted(missing)[:10]}")
        paths = self._category_paths(row["categ_id"] for row in rows)
        return [_product(row, paths) for row in rows]

    def pricelists(self, pricelist_id: int) -> dict[int, Pricelist]:
        """The pricelist and all that it rests on, by id."""
        found: dict[int, Pricelist] = {}
        wanted = {pricelist_id}
        while wanted:
            found |= self._read_pricelists(wanted)
            wanted = {base for p in found.values() for base in p.rests_on} - found.keys()
        return found

    def rates(self, currency_ids: set[int]) -> Rates:
        """The rates to convert between these currencies, none when there is only one."""
        if len(currency_ids) < 2:
            return Rates({})
        company = read_one(self.odoo, "res.company", self.company_id, ["currency_id", "root_id"])
        domain = [
            ("currency_id", "in", sorted(currency_ids)),
            ("company_id", "in", [False, company["root_id"]]),
        ]
        fields = ("currency_id", "company_id", "name", "rate")
        rows = search_read_all(self.odoo, "res.currency.rate", domain, fields)
        day = self.on or datetime.now(UTC).date()
        return rates_on(day, map(_rate_row, rows), company["currency_id"])

    def currency(self, currency_id: int) -> Json:
        """Its ``name`` and ``rounding``."""
        return read_one(self.odoo, "res.currency", currency_id, ["name", "rounding"])

    def _read_pricelists(self, ids: set[int]) -> dict[int, Pricelist]:
        rows = self.odoo["product.pricelist"].read(sorted(ids), ["currency_id"], load="")
        missing = ids - {row["id"] for row in rows}
        if missing:
            raise RecordMissing(f"no such pricelists: {sorted(missing)}")
        rules: dict[int, list[Rule]] = {pricelist_id: [] for pricelist_id in ids}
        for owner, rule in self._rules(ids):
            rules[owner].append(rule)
        return {row["id"]: _pricelist(row, rules[row["id"]]) for row in rows}

    def _rules(self, pricelist_ids: set[int]) -> Iterator[tuple[int, Rule]]:
        """Rules with the id of their pricelist; Odoo itself sorts them and checks their dates."""
        when = _domain_value(self.on)
        domain = [
            ("pricelist_id", "in", sorted(pricelist_ids)),
            *("|", ("date_start", "=", False), ("date_start", "<=", when)),
            *("|", ("date_end", "=", False), ("date_end", ">=", when)),
        ]
        rows = list(search_read_all(self.odoo, "product.pricelist.item", domain, RULE_FIELDS))
        paths = self._category_paths(row["categ_id"] for row in rows)
        return ((row["pricelist_id"], _rule(row, paths)) for row in rows)

    def _category_paths(self, ids: Iterable[int | bool]) -> dict[int, str]:
        wanted = sorted({int(category_id) for category_id in ids if category_id})
        if not wanted:
            return {}
        rows = self.odoo["product.category"].read(wanted, ["parent_path"], load="")
        return {row["id"]: row["parent_path"] for row in rows}


def _saleable() -> list[Any]:
    return [("sale_ok", "=", True)]


def _these(ids: Sequence[int]) -> list[Any]:
    """Archived ones too: who names a product wants its price."""
    return [("id", "in", list(ids)), ("active", "in", [True, False])]


def _domain_value(on: date | None) -> str:
    return on.isoformat() if on else datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _pricelist(row: Json, rules: list[Rule]) -> Pricelist:
    return Pricelist(row["id"], row["currency_id"], tuple(rules))


def _product(row: Json, paths: dict[int, str]) -> Product:
    """Mirrors ``ProductProduct._price_compute``: list price plus ``price_extra``, and cost."""
    return Product(
        id=row["id"],
        template_id=row["product_tmpl_id"],
        category_path=paths.get(row["categ_id"], ""),
        list_price=row["list_price"] + row["price_extra"],
        cost=row["standard_price"],
        currency_id=row["currency_id"],
        cost_currency_id=row["cost_currency_id"],
    )


def _rule(row: Json, paths: dict[int, str]) -> Rule:
    """Raises ``Permanent`` for a kind of rule that another addon brought."""
    if row["compute_price"] not in get_args(ComputePrice) or row["base"] not in get_args(Base):
        raise Permanent(
            f"pricelist rule {row['id']}: {row['compute_price']} on {row['base']} is not Odoo's own"
        )
    return Rule(
        id=row["id"],
        applied_on=row["applied_on"],
        category_path=paths[row["categ_id"]] if row["categ_id"] else None,
        template_id=row["product_tmpl_id"] or None,
        product_id=row["product_id"] or None,
        compute_price=row["compute_price"],
        base=row["base"],
        base_pricelist_id=row["base_pricelist_id"] or None,
        **{name: row[name] for name in NUMBERS},
    )


def _rate_row(row: Json) -> RateRow:
    day = date.fromisoformat(row["name"])
    return RateRow(row["currency_id"], row["company_id"] or None, day, row["rate"])
