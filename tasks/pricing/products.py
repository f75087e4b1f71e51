"""Products as columns, the units that they are sold in, and the cases to price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.pricing.errors import PricingError
from tasks.pricing.rounding import Floats, float_round_all
from tasks.pricing.version import ODOO_19, Version

Ints = npt.NDArray[np.int64]
OWN_UNIT = -1
"""In place of a unit: the product's own."""


@dataclass(frozen=True, slots=True)
class Product:
    """A ``product.product``. Its prices are for one of its own unit of measure."""

    id: int
    template_id: int
    category_path: str
    """``product.category.parent_path``: "4/5/". Empty without a category."""
    list_price: float
    """Sales price with the extras of its attributes, in ``currency_id``
    (``ProductProduct._price_compute`` in ``product/models/product_product.py``)."""
    cost: float
    """In ``cost_currency_id``, as one company sees it."""
    currency_id: int
    cost_currency_id: int
    unit_id: int = 0


@dataclass(frozen=True, slots=True)
class Products:
    """Products as columns of one length; ``category`` is a place in ``category_paths``."""

    id: Ints
    template_id: Ints
    category: Ints
    category_paths: Sequence[str]
    list_price: Floats
    cost: Floats
    currency_id: Ints
    cost_currency_id: Ints
    unit_id: Ints

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    def of(cls, products: Iterable[Product]) -> Products:
        """Columns of these products, in their order."""
        rows = list(products)
        paths = sorted({row.category_path for row in rows})
        places = {path: place for place, path in enumerate(paths)}
        return cls(
            id=_ints(row.id for row in rows),
            template_id=_ints(row.template_id for row in rows),
            category=_ints(places[row.category_path] for row in rows),
            category_paths=paths,
            list_price=np.array([row.list_price for row in rows], dtype=np.float64),
            cost=np.array([row.cost for row in rows], dtype=np.float64),
            currency_id=_ints(row.currency_id for row in rows),
            cost_currency_id=_ints(row.cost_currency_id for row in rows),
            unit_id=_ints(row.unit_id for row in rows),
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """A ``uom.uom``."""

    id: int
    factor: float
    rounding: float = 0.01


class Units:
    """Conversions of ``uom/models/uom_uom.py``; ids that are not here need no conversion."""

    def __init__(self, units: Iterable[Unit] = (), version: Version = ODOO_19) -> None:
        rows = sorted(units, key=lambda unit: unit.id)
        self._ids = _ints(unit.id for unit in rows)
        self._factors = np.array([unit.factor for unit in rows], dtype=np.float64)
        self._roundings = np.array([unit.rounding for unit in rows], dtype=np.float64)
        self._factor_is_size = version.factor_is_size

    def quantities(self, amounts: Floats, source: Ints, target: Ints) -> Floats:
        """Mirrors ``UomUom._compute_quantity``, which rounds up to the target's precision."""
        up, down = self._pair(source, target)
        converted = amounts * up / down if self._factor_is_size else amounts / up * down
        return float_round_all(converted, self._roundings[self._places(target)], "UP")

    def prices(self, prices: Floats, source: Ints, target: Ints) -> Floats:
        """Mirrors ``UomUom._compute_price``: prices for one of ``source``, for one of
        ``target``."""
        from_, to = self._pair(source, target)
        return prices * to / from_ if self._factor_is_size else prices * from_ / to

    def _pair(self, source: Ints, target: Ints) -> tuple[Floats, Floats]:
        return self._factors_of(source), self._factors_of(target)

    def _factors_of(self, units: Ints) -> Floats:
        """Raises ``PricingError`` for a factor that nothing can be divided by."""
        factors = self._factors[self._places(units)]
        broken = ~np.isfinite(factors) | (factors == 0)
        if broken.any():
            unit = int(units[broken][0])
            raise PricingError(f"the unit of measure {unit} has the factor 0: give it a factor")
        return factors

    def _places(self, units: Ints) -> Ints:
        places = np.searchsorted(self._ids, units)
        known = places < len(self._ids)
        known[known] = self._ids[places[known]] == units[known]
        if not known.all():
            raise PricingError(f"the unit of measure {int(units[~known][0])} was not read")
        return places


@dataclass(frozen=True, slots=True)
class Cases:
    """What is asked for: products by their place, each with a quantity and a unit."""

    product: Ints
    quantity: Floats
    """In ``unit_id``."""
    unit_id: Ints | None = None
    """``None``: each product's own; ``OWN_UNIT`` says so of one case."""

    def __len__(self) -> int:
        return len(self.product)

    def part(self, places: Ints) -> Cases:
        """The cases at some places."""
        unit_id = None if self.unit_id is None else self.unit_id[places]
        return Cases(self.product[places], self.quantity[places], unit_id)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
