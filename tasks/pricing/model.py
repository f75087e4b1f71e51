"""What a price is computed from: products, rules, pricelists. No Odoo, no broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

ComputePrice = Literal["fixed", "percentage", "formula"]
Base = Literal["list_price", "standard_price", "pricelist"]


@dataclass(frozen=True, slots=True)
class Product:
    """A ``product.product``. Its prices are for one of its own unit of measure."""

    id: int
    template_id: int
    category_path: str
    """``product.category.parent_path``: "4/5/". Empty without a category."""
    list_price: float
    """Sales price with the extras of its attributes, in ``currency_id``."""
    cost: float
    """In ``cost_currency_id``."""
    currency_id: int
    cost_currency_id: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A ``product.pricelist.item``; names as in Odoo, zero means unset."""

    id: int = 0
    applied_on: str = "3_global"
    category_path: str | None = None
    template_id: int | None = None
    product_id: int | None = None
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

    def covers(self, product: Product) -> bool:
        """Whether it is about this product, whatever the quantity.

        Mirrors the domain of ``ProductPricelist._get_applicable_rules_domain`` and
        ``ProductPricelistItem._is_applicable_for`` for variants. (Their case of a template
        with a single variant is about pricing templates, which is not done here.)
        """
        return (
            (self.category_path is None or _below(product.category_path, self.category_path))
            and self.template_id in (None, product.template_id)
            and self.product_id in (None, product.id)
        )

    def reached(self, quantity: float) -> bool:
        """Mirrors the first test of ``ProductPricelistItem._is_applicable_for``."""
        return not self.min_quantity or quantity >= self.min_quantity


def _below(path: str, ancestor: str) -> bool:
    return bool(path) and path.startswith(ancestor)


@dataclass(slots=True)
class Pricelist:
    """A ``product.pricelist`` with its rules, in Odoo's order and valid on the day asked for."""

    id: int
    currency_id: int
    rules: tuple[Rule, ...] = ()
    _by_product: dict[int, list[Rule]] = field(init=False, default_factory=dict)
    _by_template: dict[int, list[Rule]] = field(init=False, default_factory=dict)
    _general: list[Rule] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for rule in self.rules:
            self._shelf(rule).append(rule)

    @property
    def rests_on(self) -> set[int]:
        """The pricelists that its rules are computed from."""
        return {rule.rests_on for rule in self.rules if rule.rests_on is not None}

    def rules_for(self, product: Product) -> Iterator[Rule]:
        """The rules that cover a product, first one first.

        Going through the shelves one after the other keeps Odoo's order, because ``applied_on``
        leads the ``_order`` of ``product.pricelist.item``: variant, template, category, global.
        """
        shelves = chain(
            self._by_product.get(product.id, ()),
            self._by_template.get(product.template_id, ()),
            self._general,
        )
        return (rule for rule in shelves if rule.covers(product))

    def _shelf(self, rule: Rule) -> list[Rule]:
        if rule.applied_on == "0_product_variant" and rule.product_id is not None:
            return self._by_product.setdefault(rule.product_id, [])
        if rule.applied_on == "1_product" and rule.template_id is not None:
            return self._by_template.setdefault(rule.template_id, [])
        return self._general
