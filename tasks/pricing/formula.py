"""From a base price to a price: the arithmetic of rules, for many prices at once.

Mirrors ``ProductPricelistItem._compute_price`` (``product/models/product_pricelist_item.py``), one
function a branch, every step in its order, so that even the last bit is Odoo's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.pricing.errors import UnknownRule
from tasks.pricing.model import Rule
from tasks.pricing.products import Ints
from tasks.pricing.rounding import Floats, float_round_all
from tasks.pricing.version import Version

ToUnit = Callable[[Floats, Ints], Floats]
"""Amounts for one of the product's unit, for one of the unit asked for; with their places."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What rules add and take, as columns; zero means unset."""

    fixed: Floats
    percent: Floats
    discount: Floats
    """Percent; negative for a markup."""
    step: Floats
    surcharge: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, rules: Sequence[Rule], version: Version) -> Terms:
        """Raises ``UnknownRule`` for a rounding below zero, on which Odoo itself stumbles."""
        for rule in rules:
            if rule.compute_price == "formula" and rule.price_round < 0:
                raise UnknownRule(f"the pricelist rule {rule.id} rounds to a multiple below zero")

        def column(name: str) -> Floats:
            return np.array([getattr(rule, name) for rule in rules], dtype=np.float64)

        on_cost = np.array([rule.base == "standard_price" for rule in rules], dtype=bool)
        marked = on_cost & version.markup_on_cost
        return cls(
            fixed=column("fixed_price"),
            percent=column("percent_price"),
            discount=np.where(marked, -column("price_markup"), column("price_discount")),
            step=column("price_round"),
            surcharge=column("price_surcharge"),
            least=column("price_min_margin"),
            most=column("price_max_margin"),
        )


def percentage(terms: Terms, ranks: Ints, base: Floats) -> Floats:
    """The branch ``percentage``; with no rule, a percentage of zero leaves the base as it is."""
    return base - base * (terms.percent[ranks] / 100)


def formula(terms: Terms, ranks: Ints, base: Floats, to_unit: ToUnit) -> Floats:
    """The branch ``formula``: discount, rounding, surcharge, margins."""
    price = base - base * (terms.discount[ranks] / 100)
    steps = terms.step[ranks]
    places = np.flatnonzero(steps)
    if len(places):
        price[places] = float_round_all(price[places], steps[places])
    places, amounts = _set(terms.surcharge, ranks, to_unit)
    price[places] += amounts
    places, amounts = _set(terms.least, ranks, to_unit)
    price[places] = np.maximum(price[places], base[places] + amounts)
    places, amounts = _set(terms.most, ranks, to_unit)
    price[places] = np.minimum(price[places], base[places] + amounts)
    return price


def _set(column: Floats, ranks: Ints, to_unit: ToUnit) -> tuple[Ints, Floats]:
    """Where an amount is set, and how much it is in the unit asked for."""
    amounts = column[ranks]
    places = np.flatnonzero(amounts)
    return places, to_unit(amounts[places], places)
