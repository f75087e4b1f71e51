"""What the columns of a sheet sum up to, group by group, while its rows pass by once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import fsum, isfinite
from typing import Any

from odoo_bridge.errors import Permanent
from tasks.reports.kit.document import NUMBERS, Column

Amounts = dict[int, float]
"""By the column's place."""


@dataclass(slots=True)
class Totals:
    """Sums of the columns that have a total; ``digits`` are those that each is shown with."""

    digits: Mapping[int, int]
    """By the column's place, of those with a total."""
    grand: Amounts = field(init=False)
    groups: list[Amounts] = field(init=False, default_factory=list)
    """What the open groups hold, the outermost first."""

    def __post_init__(self) -> None:
        self.grand = self._nothing()

    @classmethod
    def of(cls, columns: Sequence[Column], money_digits: int) -> Totals:
        """Raises ``Permanent`` for a total of what is no number."""
        digits = {}
        for place, column in enumerate(columns):
            if not column.total:
                continue
            if column.kind not in NUMBERS:
                raise Permanent(f"column {column.name}: {column.kind} has no total")
            digits[place] = digits_of(column, money_digits)
        return cls(digits)

    def add(self, cells: Sequence[Any]) -> None:
        """A line."""
        for place in self.digits:
            value = cells[place]
            if _counts(value):
                self._count(place, float(value))

    def add_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Many lines at once."""
        for place in self.digits:
            values = columns[place]
            self._count(place, fsum(filter(_counts, values)))

    def open(self, level: int) -> None:
        """A group begins; those at its level and below have ended. Raises ``Permanent``."""
        if level > len(self.groups):
            raise Permanent(f"a heading of level {level} stands in no group of level {level - 1}")
        del self.groups[level:]
        self.groups.append(self._nothing())

    def close(self, level: int) -> Amounts:
        """What the group at this level came to; it ends. Raises ``Permanent`` without one."""
        if level >= len(self.groups):
            raise Permanent(f"a subtotal of level {level} stands in no group")
        found = self.groups[level]
        del self.groups[level:]
        return self.rounded(found)

    def rounded(self, amounts: Amounts) -> Amounts:
        """Halves away from zero, as on paper."""
        return {place: rounded(amount, self.digits[place]) for place, amount in amounts.items()}

    def _count(self, place: int, amount: float) -> None:
        self.grand[place] += amount
        for group in self.groups:
            group[place] += amount

    def _nothing(self) -> Amounts:
        return dict.fromkeys(self.digits, 0.0)


def _counts(value: Any) -> bool:
    """What is unset or not to calculate with (NaN) adds nothing."""
    return value is not None and isfinite(value)


def digits_of(column: Column, money_digits: int) -> int:
    """Decimals that the column is shown with."""
    if column.kind == "integer":
        return 0
    if column.kind == "money":
        return column.currency.digits if column.currency else money_digits
    return column.digits + 2 if column.kind == "percent" else column.digits


def rounded(amount: float, digits: int) -> float:
    """To what is shown; what floats added up to a hair below a half counts as that half."""
    exact = Decimal(repr(round(amount, digits + 6)))
    return float(exact.quantize(Decimal(1).scaleb(-digits), "ROUND_HALF_UP")) + 0.0
