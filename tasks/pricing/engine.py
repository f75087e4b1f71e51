"""Odoo's pricelist arithmetic (``product/models/product_pricelist_item.py``, Odoo 19)."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_bridge.errors import Permanent
from tasks.pricing.currency import Rates
from tasks.pricing.model import Pricelist, Product, Rule
from tasks.pricing.rounding import float_round


class Engine:
    """Prices from pricelists that may rest on one another.

    ``pricelists`` holds every pricelist that a rule rests on. Raises ``Permanent`` when they
    rest on each other in a circle (``_check_pricelist_recursion`` refuses that in Odoo, an
    import past the ORM does not).
    """

    def __init__(self, pricelists: Mapping[int, Pricelist], rates: Rates) -> None:
        self._pricelists = pricelists
        self._rates = rates
        for pricelist_id in pricelists:
            self._refuse_circle(pricelist_id, ())

    def price(self, pricelist_id: int, product: Product, quantity: float) -> float:
        """The unit price, in the pricelist's currency and not rounded.

        Mirrors ``ProductPricelist._compute_price_rule``: the first rule that applies, else the
        sales price.
        """
        pricelist = self._pricelists[pricelist_id]
        applicable = (r for r in pricelist.rules_for(product) if r.reached(quantity))
        rule = next(applicable, NO_RULE)
        if rule.compute_price == "fixed":
            return rule.fixed_price
        base = self._base_price(rule, product, quantity, pricelist.currency_id)
        compute = _percentage if rule.compute_price == "percentage" else _formula
        return compute(rule, base)

    def breaks(self, pricelist_id: int, product: Product) -> list[float]:
        """The quantities from which on the price may change: 1 and every ``min_quantity``."""
        return sorted({1.0} | self._min_quantities(pricelist_id, product))

    def _min_quantities(self, pricelist_id: int, product: Product) -> set[float]:
        found: set[float] = set()
        for rule in self._pricelists[pricelist_id].rules_for(product):
            if rule.min_quantity > 0:
                found.add(rule.min_quantity)
            if rule.rests_on is not None:
                found |= self._min_quantities(rule.rests_on, product)
        return found

    def _base_price(self, rule: Rule, product: Product, quantity: float, currency_id: int) -> float:
        """Mirrors ``ProductPricelistItem._compute_base_price``."""
        if rule.rests_on is not None:
            price = self.price(rule.rests_on, product, quantity)
            source = self._pricelists[rule.rests_on].currency_id
        elif rule.base == "standard_price":
            price, source = product.cost, product.cost_currency_id
        else:
            price, source = product.list_price, product.currency_id
        return self._rates.convert(price, source, currency_id)

    def _refuse_circle(self, pricelist_id: int, path: tuple[int, ...]) -> None:
        if pricelist_id in path:
            circle = " -> ".join(map(str, (*path, pricelist_id)))
            raise Permanent(f"the pricelists rest on each other in a circle: {circle}")
        for base in self._pricelists[pricelist_id].rests_on:
            self._refuse_circle(base, (*path, pricelist_id))


NO_RULE = Rule(compute_price="percentage", percent_price=0.0)
"""What Odoo's empty rule recordset comes to: the sales price as it is."""


def _percentage(rule: Rule, base: float) -> float:
    return base - base * (rule.percent_price / 100)


def _formula(rule: Rule, base: float) -> float:
    """Mirrors the branch ``formula`` of ``ProductPricelistItem._compute_price``, in its order."""
    discount = -rule.price_markup if rule.base == "standard_price" else rule.price_discount
    price = base - base * (discount / 100)
    if rule.price_round:
        price = float_round(price, rule.price_round)
    if rule.price_surcharge:
        price += rule.price_surcharge
    if rule.price_min_margin:
        price = max(price, base + rule.price_min_margin)
    if rule.price_max_margin:
        price = min(price, base + rule.price_max_margin)
    return price
