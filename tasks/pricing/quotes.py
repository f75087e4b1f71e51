"""What a line of a quotation shows: a unit price, and the discount that is told openly."""

from __future__ import annotations

import numpy as np

from tasks.pricing.choosing import NO_RULE
from tasks.pricing.engine import PERCENTAGE, PRICELIST, Book, Engine
from tasks.pricing.products import Cases, Ints
from tasks.pricing.rounding import Floats


class QuoteEngine(Engine):
    """Mirrors ``sale.order.line`` of Odoo 19 (``sale/models/sale_order_line.py``).

    A percentage is shown as a discount where the company shows discounts at all
    (``ProductPricelistItem._show_discount`` in ``sale/models/product_pricelist_item.py``).
    """

    def quote(
        self, pricelist_id: int, cases: Cases, *, discounts_shown: bool
    ) -> tuple[Floats, Floats]:
        """By case the unit price and the discount in percent, neither of them rounded.

        Mirrors ``_get_display_price_ignore_combo`` and ``_compute_discount``. Raises
        ``PricingError``s.
        """
        prices = self.prices(pricelist_id, cases)
        discounts = np.zeros(len(cases), dtype=np.float64)
        if not discounts_shown:
            return prices, discounts
        book, own = self._book(pricelist_id), self._in_own_unit(cases)
        ranks = book.choice.ranks(cases.product, own)
        shown = np.flatnonzero(_is_shown(book, ranks))
        base = self._before_discount(
            book, cases.part(shown), own[shown], ranks[shown], book.currency_id
        )
        discounts[shown] = _discounts(base, prices[shown])
        prices[shown] = np.maximum(base, prices[shown])
        return prices, discounts

    def _before_discount(
        self, book: Book, cases: Cases, own: Floats, ranks: Ints, currency_id: int
    ) -> Floats:
        """Mirrors ``ProductPricelistItem._compute_price_before_discount``: the base of the lowest
        rule of a chain of percentages (``product/models/product_pricelist_item.py``)."""
        base = np.empty(len(cases), dtype=np.float64)
        here = np.ones(len(cases), dtype=bool)
        chained = book.bases[ranks] == PRICELIST
        for other in np.unique(book.rests_on[ranks][chained]).tolist():
            below = self._book(other)
            places = np.flatnonzero(chained & (book.rests_on[ranks] == other))
            found = below.choice.ranks(cases.product[places], own[places])
            open_ = _is_shown(below, found)
            part = places[open_]
            base[part] = self._before_discount(
                below, cases.part(part), own[part], found[open_], currency_id
            )
            here[part] = False
        rest = np.flatnonzero(here)
        base[rest] = self._base(book, cases.part(rest), own[rest], ranks[rest], currency_id)
        return base


def _is_shown(book: Book, ranks: Ints) -> np.typing.NDArray[np.bool_]:
    found: np.typing.NDArray[np.bool_] = (ranks != NO_RULE) & (book.kinds[ranks] == PERCENTAGE)
    return found


def _discounts(base: Floats, prices: Floats) -> Floats:
    """A surcharge is none, and stays in the price."""
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = (base - prices) / base * 100
    given = ((percent > 0) & (base > 0)) | ((percent < 0) & (base < 0))
    return np.where(given, percent, 0.0)
