"""Which rule a price follows: the first in Odoo's order that applies.

Mirrors the loop of ``ProductPricelist._compute_price_rule`` over the rules of
``_get_applicable_rules``, with ``_is_applicable_for`` of ``ProductPricelistItem``. Its order,
``applied_on, min_quantity desc, categ_id desc, id desc``, leads with ``applied_on``; so rules
stand on three shelves (of the variant, of the template, of the category or of all), and each
product looks only through the few that are about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.pricing.model import Rule
from tasks.pricing.products import Ints, Products
from tasks.pricing.rounding import Floats

NO_RULE = -1
VARIANT, TEMPLATE = "0_product_variant", "1_product"


@dataclass(frozen=True, slots=True)
class Shelf:
    """For each product a run of ``ranks`` (places in the pricelist's rules), first one first."""

    first: Ints
    """By product, where its run begins."""
    stop: Ints
    ranks: Ints


class Choice:
    """Chooses among the rules of one pricelist for some products."""

    def __init__(self, rules: Sequence[Rule], products: Products) -> None:
        quantities = np.array([rule.min_quantity for rule in rules], dtype=np.float64)
        self._least = np.where(quantities == 0, -np.inf, quantities)  # zero means unset
        self._shelves = [shelf for shelf in _shelves(rules, products) if len(shelf.ranks)]

    def ranks(self, product: Ints, quantity: Floats) -> Ints:
        """By case the place of its rule, or ``NO_RULE``; ``quantity`` in the product's unit."""
        chosen = np.full(len(product), NO_RULE, dtype=np.int64)
        for shelf in self._shelves:
            self._look_through(shelf, product, quantity, chosen)
        return chosen

    def _look_through(self, shelf: Shelf, product: Ints, quantity: Floats, chosen: Ints) -> None:
        open_ = np.flatnonzero(chosen == NO_RULE)
        place, stop = shelf.first[product[open_]], shelf.stop[product[open_]]
        while True:
            more = place < stop
            if not more.all():
                open_, place, stop = open_[more], place[more], stop[more]
            if not len(open_):
                return
            rank = shelf.ranks[place]
            hit = quantity[open_] >= self._least[rank]
            chosen[open_[hit]] = rank[hit]
            missed = ~hit
            open_, place, stop = open_[missed], place[missed] + 1, stop[missed]


def _shelves(rules: Sequence[Rule], products: Products) -> list[Shelf]:
    """Raises nothing: a rule about a product that is not here stands on no shelf."""
    variant = [n for n, rule in enumerate(rules) if rule.applied_on == VARIANT]
    template = [n for n, rule in enumerate(rules) if rule.applied_on == TEMPLATE]
    general = [n for n, rule in enumerate(rules) if rule.applied_on not in (VARIANT, TEMPLATE)]
    if any(_is_odd(rules[rank]) for rank in (*variant, *template, *general)):
        return [_by_looking(rules, range(len(rules)), products)]
    return [
        _by_key(variant, [rules[rank].product_id or 0 for rank in variant], products.id),
        _by_key(
            template, [rules[rank].template_id or 0 for rank in template], products.template_id
        ),
        _by_category(rules, general, products),
    ]


def _is_odd(rule: Rule) -> bool:
    """Whether it names more than it is applied on: a write past ``create`` leaves that behind.

    Odoo's search then drops it for other products (``_get_applicable_rules_domain``).
    """
    if rule.applied_on == VARIANT:
        return rule.category_path is not None
    if rule.applied_on == TEMPLATE:
        return rule.category_path is not None or rule.product_id is not None
    return rule.template_id is not None or rule.product_id is not None


def _by_key(ranks: Sequence[int], keys: Sequence[int], product_keys: Ints) -> Shelf:
    """Rules that are about the products with one key each."""
    order = np.argsort(np.asarray(keys, dtype=np.int64), kind="stable")
    sorted_keys = np.asarray(keys, dtype=np.int64)[order]
    return Shelf(
        np.searchsorted(sorted_keys, product_keys, "left"),
        np.searchsorted(sorted_keys, product_keys, "right"),
        np.asarray(ranks, dtype=np.int64)[order],
    )


def _by_category(rules: Sequence[Rule], ranks: Sequence[int], products: Products) -> Shelf:
    """Rules of categories and of all products: one run for each category."""
    runs = [
        [rank for rank in ranks if covers(rules[rank], path)] for path in products.category_paths
    ]
    first, stop, flat = _flat(runs)
    return Shelf(first[products.category], stop[products.category], flat)


def _by_looking(rules: Sequence[Rule], ranks: Iterable[int], products: Products) -> Shelf:
    """Every condition of every rule for every product: slow, and right for odd rules too."""
    paths = products.category_paths
    matches: list[npt.NDArray[np.bool_]] = []
    for rank in ranks:
        rule = rules[rank]
        about = np.array([covers(rule, path) for path in paths], dtype=bool)[products.category]
        if rule.template_id is not None:
            about = about & (products.template_id == rule.template_id)
        if rule.product_id is not None:
            about = about & (products.id == rule.product_id)
        matches.append(about)
    table = np.array(matches).T
    counts = table.sum(axis=1)
    stop = np.cumsum(counts)
    return Shelf(stop - counts, stop, np.nonzero(table)[1])


def covers(rule: Rule, category_path: str) -> bool:
    """Whether it is about products of a category (``parent_path``), or about all of them."""
    if rule.category_path is None:
        return True
    return bool(category_path) and category_path.startswith(rule.category_path)


def _flat(runs: Sequence[Sequence[int]]) -> tuple[Ints, Ints, Ints]:
    counts = np.array([len(run) for run in runs], dtype=np.int64)
    stop = np.cumsum(counts)
    flat = np.array([rank for run in runs for rank in run], dtype=np.int64)
    return stop - counts, stop, flat
