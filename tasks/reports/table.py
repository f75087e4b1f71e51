"""Sales as a table of products or customers, and months. No Odoo, no file format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Self


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold of one product, or to one customer, in one month.

    Untaxed, in the report's currency.
    """

    key: int
    """The id of the product or customer."""
    name: str
    month: date
    """Its first day."""
    amount: float


@dataclass(frozen=True, slots=True)
class Row:
    """One product or customer: an amount for each month of the table."""

    name: str
    amounts: tuple[float, ...]

    @property
    def total(self) -> float:
        return fsum(self.amounts)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order they came in, months from the first with sales to the last."""

    months: tuple[date, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, sales: Iterable[Sale], digits: int) -> Self:
        """Sales of the same row and month add up, and are then rounded to ``digits``.

        The totals are those of the rounded amounts, so that they add up on paper too.
        """
        amounts: dict[tuple[str, int], dict[date, float]] = {}
        for sale in sales:
            cells = amounts.setdefault((sale.name, sale.key), {})
            cells[sale.month] = cells.get(sale.month, 0.0) + sale.amount
        months = months_between(month for cells in amounts.values() for month in cells)
        rows = (
            Row(name, tuple(round(cells.get(month, 0.0), digits) for month in months))
            for (name, _id), cells in amounts.items()
        )
        return cls(months, tuple(rows))

    @property
    def month_totals(self) -> tuple[float, ...]:
        columns = zip(*(row.amounts for row in self.rows), strict=True)
        return tuple(fsum(column) for column in columns)

    @property
    def total(self) -> float:
        return fsum(row.total for row in self.rows)


def months_between(months: Iterable[date]) -> tuple[date, ...]:
    """Every month's first day from the earliest to the latest; none without any."""
    numbers = [month.year * 12 + month.month - 1 for month in months]
    if not numbers:
        return ()
    every = range(min(numbers), max(numbers) + 1)
    return tuple(date(number // 12, number % 12 + 1, 1) for number in every)
