"""The price table of a pricelist: from which quantity on a product has which price."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tasks.pricing.engine import Engine
from tasks.pricing.products import Cases, Ints

PriceRow = tuple[int, float, float]
"""Product id, quantity from which on the price holds, unit price in the pricelist's currency."""

CASES = 65_536
"""Computed at a time: enough that NumPy's own cost vanishes, few enough for a core's cache."""


def price_rows(
    engine: Engine, pricelist_id: int, products: Ints
) -> Iterator[tuple[int, list[PriceRow]]]:
    """How many products are done, and the rows of those that were done last; in their order.

    ``products`` are places. A quantity has a row where the price is another one than below it.
    Memory is that of one chunk. Raises ``PricingError``s.
    """
    breaks = np.array(engine.breaks(pricelist_id), dtype=np.float64)
    size = max(1, CASES // len(breaks))
    for first in range(0, len(products), size):
        places = products[first : first + size]
        cases = Cases(np.repeat(places, len(breaks)), np.tile(breaks, len(places)))
        prices = engine.prices(pricelist_id, cases).reshape(len(places), len(breaks))
        new = np.ones(prices.shape, dtype=bool)
        new[:, 1:] = prices[:, 1:] != prices[:, :-1]
        product, tier = np.nonzero(new)
        ids = engine.ids[places[product]].tolist()
        rows = zip(ids, breaks[tier].tolist(), prices[product, tier].tolist(), strict=True)
        yield first + len(places), list(rows)
