"""The price table of a pricelist: from which quantity on a product has which price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from tasks.pricing.engine import Engine
from tasks.pricing.products import Cases, Ints
from tasks.pricing.rounding import Floats

PriceRow = tuple[int, float, float]
"""Product id, quantity from which on the price holds, unit price in the pricelist's currency."""

CASES = 65_536
"""Computed at a time: enough that NumPy's own cost vanishes, few enough for a core's cache."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Price rows as columns of one length, the rows of a product together."""

    products: Ints
    quantities: Floats
    prices: Floats

    def __len__(self) -> int:
        return len(self.products)

    @classmethod
    def joined(cls, parts: Sequence[Prices]) -> Prices:
        """One after the other."""
        if not parts:
            return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))
        names = ("products", "quantities", "prices")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def products_named(self) -> int:
        """How many products there are."""
        return int(np.count_nonzero(np.diff(self.products))) + 1 if len(self) else 0

    def row(self, place: int) -> PriceRow:
        """One of them."""
        product, quantity = int(self.products[place]), float(self.quantities[place])
        return product, quantity, float(self.prices[place])

    def part(self, first: int, stop: int) -> Prices:
        """Those at some places."""
        some = slice(first, stop)
        return Prices(self.products[some], self.quantities[some], self.prices[some])

    def at(self, which: npt.NDArray[np.bool_]) -> Prices:
        """Those where it is true."""
        return Prices(self.products[which], self.quantities[which], self.prices[which])

    def end(self, first: int, size: int) -> int:
        """Where a part that begins at ``first`` ends, so that it splits no product.

        It has ``size`` rows at most, unless its first product alone has more.
        """
        if first + size >= len(self):
            return len(self)
        stop = int(np.searchsorted(self.products, self.products[first + size], "left"))
        if stop > first:
            return stop
        return int(np.searchsorted(self.products, self.products[first], "right"))

    def texts(self) -> tuple[str, str, str]:
        """As ``celery.price.store_columns`` of the addon takes them; floats to their last bit."""
        return _text(self.products), _text(self.quantities), _text(self.prices)


def _text(column: npt.NDArray[Any]) -> str:
    column = np.ascontiguousarray(column)
    return orjson.dumps(column, option=orjson.OPT_SERIALIZE_NUMPY).decode()[1:-1]


def computed(engine: Engine, pricelist_id: int, products: Ints) -> Iterator[tuple[int, Prices]]:
    """How many products are done, and the prices of those that were done last; in their order.

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
        ids = engine.ids[places[product]]
        yield first + len(places), Prices(ids, breaks[tier], prices[product, tier])
