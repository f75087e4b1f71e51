"""Rules and pricelists as Odoo keeps them. No Odoo, no broker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from tasks.pricing.errors import CyclicPricelists, PricingError

ComputePrice = Literal["fixed", "percentage", "formula"]
Base = Literal["list_price", "standard_price", "pricelist"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A ``product.pricelist.item``; names as in Odoo, zero means unset."""

    id: int = 0
    applied_on: str = "3_global"
    category_path: str | None = None
    template_id: int | None = None
    product_id: int | None = None
    date_start: datetime | None = None
    """UTC, without a time zone, as Odoo keeps it."""
    date_end: datetime | None = None
    min_quantity: float = 0.0
    compute_price: ComputePrice = "fixed"
    base: Base = "list_price"
    base_pricelist_id: int | None = None
    fixed_price: float = 0.0
    percent_price: float = 0.0
    price_discount: float = 0.0
    price_markup: float = 0.0
    price_round: float = 0.0
    price_surcharge: float = 0.0
    price_min_margin: float = 0.0
    price_max_margin: float = 0.0

    @property
    def rests_on(self) -> int | None:
        """The other pricelist that its price is computed from, if any."""
        chained = self.compute_price != "fixed" and self.base == "pricelist"
        return self.base_pricelist_id if chained else None

    def valid(self, first: datetime, last: datetime) -> bool:
        """Whether it holds at some time from ``first`` to ``last``; both ends count.

        Mirrors the dates in ``ProductPricelist._get_applicable_rules_domain``.
        """
        started = self.date_start is None or self.date_start <= last
        return started and (self.date_end is None or self.date_end >= first)


@dataclass(frozen=True, slots=True)
class Pricelist:
    """A ``product.pricelist`` with its rules in Odoo's order."""

    id: int
    currency_id: int
    rules: tuple[Rule, ...] = ()

    @property
    def rests_on(self) -> set[int]:
        """The pricelists that its rules are computed from."""
        return {rule.rests_on for rule in self.rules if rule.rests_on is not None}

    def valid(self, first: datetime, last: datetime) -> Pricelist:
        """The same with the rules of that time alone."""
        rules = tuple(rule for rule in self.rules if rule.valid(first, last))
        return Pricelist(self.id, self.currency_id, rules)


def chain(pricelist_id: int, pricelists: Mapping[int, Pricelist]) -> tuple[int, ...]:
    """The pricelist after all that it rests on, each once, bases first.

    Raises ``PricingError`` when one is not there, ``CyclicPricelists`` when they rest on each
    other (``_check_pricelist_recursion`` refuses that in Odoo, an import past the ORM does not).
    """
    bases: dict[int, set[int]] = {}
    wanted = {pricelist_id}
    while wanted:
        for each in wanted:
            if each not in pricelists:
                raise PricingError(f"the pricelist {each} does not exist, or may not be read")
            bases[each] = pricelists[each].rests_on
        wanted = set().union(*bases.values()) - bases.keys()
    try:
        return tuple(TopologicalSorter(bases).static_order())
    except CycleError as error:
        circle = " -> ".join(map(str, reversed(error.args[1])))
        raise CyclicPricelists(
            f"the pricelists rest on each other in a circle: {circle}; "
            "change the base of one of their rules"
        ) from None
