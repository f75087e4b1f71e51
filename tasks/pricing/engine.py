"""Prices of pricelists, many at a time, equal to Odoo's own.

Mirrors ``ProductPricelist._get_product_price`` (``product/models/product_pricelist.py``) for
variants. Pure: what it computes from is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from tasks.pricing.choosing import NO_RULE, Choice
from tasks.pricing.currency import Rates
from tasks.pricing.errors import PriceOverflow, UnknownRule
from tasks.pricing.formula import Terms, formula, percentage
from tasks.pricing.model import Base, Pricelist, Rule, chain
from tasks.pricing.products import OWN_UNIT, Cases, Ints, Products, Units
from tasks.pricing.rounding import Floats
from tasks.pricing.version import ODOO_19, Version

MOST = 1e15
"""Beyond it a float tells no cents, and Odoo's column keeps 15 digits."""

FIXED, PERCENTAGE, FORMULA = range(3)
KINDS = {"fixed": FIXED, "percentage": PERCENTAGE, "formula": FORMULA}
LIST_PRICE, COST, PRICELIST = range(3)
_NONE = Rule(compute_price="percentage")
"""What Odoo's empty rule comes to: the sales price as it is. It stands after the rules."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that prices are computed from, as one company sees it at one time."""

    products: Products
    pricelists: Mapping[int, Pricelist]
    """Also those that others rest on; their rules are those of the time."""
    rates: Rates
    units: Units = Units()  # noqa: RUF009 - it never changes
    version: Version = ODOO_19


class Engine:
    """Computes prices; what is wrong with one pricelist is raised when that one is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._books: dict[int, Book] = {}

    @property
    def ids(self) -> Ints:
        """Of the products, by place."""
        return self._catalog.products.id

    def prices(self, pricelist_id: int, cases: Cases, *, unknown: bool = False) -> Floats:
        """By case the unit price, in the pricelist's currency and not rounded.

        With ``unknown``, an amount of the catalog may be NaN, and so is what rests on it. For some
        hundred thousand cases at most: memory grows by 0.2 kB a case. Raises
        ``PricingError``s.
        """
        chain(pricelist_id, self._catalog.pricelists)
        with np.errstate(over="ignore", invalid="ignore"):
            prices = self._prices(pricelist_id, cases, self._in_own_unit(cases))
        wrong = ~(np.abs(prices) <= MOST)
        if unknown:
            wrong &= ~np.isnan(prices)
        if wrong.any():
            product = int(self._catalog.products.id[cases.product[wrong][0]])
            raise PriceOverflow(
                f"the price of product {product} in pricelist {pricelist_id} is too large for cents"
            )
        return prices

    def breaks(self, pricelist_id: int) -> list[float]:
        """The quantities from which on a price may change: 0 and every ``min_quantity``."""
        lists = self._catalog.pricelists
        rules = (rule for each in chain(pricelist_id, lists) for rule in lists[each].rules)
        return sorted({0.0} | {rule.min_quantity for rule in rules if rule.min_quantity > 0})

    def _in_own_unit(self, cases: Cases) -> Floats:
        """Quantities in the product's unit: ``ProductPricelist._compute_price_rule``."""
        places = self._converted(cases)
        if not len(places):
            return cases.quantity
        quantity = cases.quantity.copy()
        source, target = self._units_of(cases, places)
        quantity[places] = self._catalog.units.quantities(quantity[places], target, source)
        return quantity

    def _prices(self, pricelist_id: int, cases: Cases, own: Floats) -> Floats:
        book = self._book(pricelist_id)
        ranks = book.choice.ranks(cases.product, own)
        kinds = book.kinds[ranks]
        prices = np.empty(len(cases), dtype=np.float64)
        fixed = np.flatnonzero(kinds == FIXED)
        prices[fixed] = self._to_unit(cases, book.terms.fixed[ranks[fixed]], fixed)
        based = np.flatnonzero(kinds != FIXED)
        if len(based):
            part, part_ranks = cases.part(based), ranks[based]
            base = self._base(book, part, own[based], part_ranks, book.currency_id)
            prices[based] = self._from_base(book, part, part_ranks, base)
        return prices

    def _from_base(self, book: Book, cases: Cases, ranks: Ints, base: Floats) -> Floats:
        formulas = np.flatnonzero(book.kinds[ranks] == FORMULA)
        if not len(formulas):
            return percentage(book.terms, ranks, base)
        part = cases.part(formulas)
        found = formula(
            book.terms,
            ranks[formulas],
            base[formulas],
            lambda amounts, places: self._to_unit(part, amounts, places),
        )
        if len(formulas) == len(cases):
            return found
        prices = percentage(book.terms, ranks, base)
        prices[formulas] = found
        return prices

    def _base(self, book: Book, cases: Cases, own: Floats, ranks: Ints, currency_id: int) -> Floats:
        """Mirrors ``ProductPricelistItem._compute_base_price``."""
        products = self._catalog.products
        bases = book.bases[ranks]
        base = np.empty(len(cases), dtype=np.float64)
        for kind, amounts, currencies in (
            (LIST_PRICE, products.list_price, products.currency_id),
            (COST, products.cost, products.cost_currency_id),
        ):
            places = np.flatnonzero(bases == kind)
            if len(places):
                which = cases.product[places]
                own_amounts = self._to_unit(cases, amounts[which], places)
                base[places] = self._catalog.rates.convert(
                    own_amounts, currencies[which], currency_id
                )
        for other in np.unique(book.rests_on[ranks][bases == PRICELIST]).tolist():
            places = np.flatnonzero((bases == PRICELIST) & (book.rests_on[ranks] == other))
            theirs = self._prices(other, cases.part(places), own[places])
            source = np.full(len(places), self._catalog.pricelists[other].currency_id)
            base[places] = self._catalog.rates.convert(theirs, source, currency_id)
        return base

    def _to_unit(self, cases: Cases, amounts: Floats, places: Ints) -> Floats:
        """Amounts for one of the product's unit, for one of the unit that a case names."""
        if cases.unit_id is None:
            return amounts
        source, target = self._units_of(cases, places)
        other = np.flatnonzero((source != target) & (amounts != 0))
        if not len(other):
            return amounts
        converted = amounts.copy()
        converted[other] = self._catalog.units.prices(amounts[other], source[other], target[other])
        return converted

    def _converted(self, cases: Cases) -> Ints:
        if cases.unit_id is None:
            return np.empty(0, dtype=np.int64)
        source, target = self._units_of(cases, np.arange(len(cases)))
        return np.flatnonzero(source != target)

    def _units_of(self, cases: Cases, places: Ints) -> tuple[Ints, Ints]:
        """The units of the products, and those asked for."""
        assert cases.unit_id is not None  # noqa: S101 - the callers have looked
        source = self._catalog.products.unit_id[cases.product[places]]
        asked = cases.unit_id[places]
        return source, np.where(asked == OWN_UNIT, source, asked)

    def _book(self, pricelist_id: int) -> Book:
        if pricelist_id not in self._books:
            pricelist = self._catalog.pricelists[pricelist_id]
            self._books[pricelist_id] = Book(pricelist, self._catalog)
        return self._books[pricelist_id]


class Book:
    """A pricelist's rules as columns, by rank; the last one is ``_NONE``."""

    def __init__(self, pricelist: Pricelist, catalog: Catalog) -> None:
        _refuse_unknown(pricelist.rules)
        rules = sorted(pricelist.rules, key=lambda rule: rule.applied_on)  # Odoo's leads with it
        columns = [*rules, _NONE]
        assert NO_RULE == -1  # noqa: S101 - so it finds the last
        self.currency_id = pricelist.currency_id
        self.choice = Choice(rules, catalog.products)
        self.terms = Terms.of(columns, catalog.version)
        self.kinds = np.array([KINDS[rule.compute_price] for rule in columns])
        self.bases = np.array([_base_of(rule) for rule in columns])
        self.rests_on = np.array([rule.rests_on or 0 for rule in columns], dtype=np.int64)


def _base_of(rule: Rule) -> int:
    if rule.rests_on is not None:
        return PRICELIST
    return COST if rule.base == "standard_price" else LIST_PRICE


def _refuse_unknown(rules: Iterable[Rule]) -> None:
    for rule in rules:
        if rule.compute_price not in KINDS or rule.base not in get_args(Base):
            raise UnknownRule(
                f"pricelist rule {rule.id}: {rule.compute_price} on {rule.base} is not Odoo's own"
            )
        if rule.applied_on == "2_product_category" and rule.category_path is None:
            raise UnknownRule(f"pricelist rule {rule.id} names no category")
