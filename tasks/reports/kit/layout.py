"""What the formats for people have in common: widths, and where a total's label stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from tasks.reports.kit.document import Block, Column, Opening
from tasks.reports.kit.letterhead import Currency
from tasks.reports.kit.rows import Gathered

WIDEST = 60
"""Characters that a column is made wide at most."""
SAMPLE = 200
"""Lines that are looked at for the widths."""
MINUS = "-\N{MINUS SIGN}\N{LEFT-TO-RIGHT MARK}\N{ARABIC LETTER MARK}"
"""What a negative number begins with in some language (CLDR)."""
_USUAL = {"integer": 9, "number": 13, "money": 15, "percent": 9, "boolean": 7, "date": 11}
_USUAL |= {"datetime": 18, "month": 11}
_NARROWEST = 6


def widths(columns: Sequence[Column], first: Gathered | None) -> list[int]:
    """Characters a column, as its first lines need them."""
    samples: Sequence[Sequence[Any]] = [()] * len(columns)
    if isinstance(first, Block):
        samples = first.columns
    elif isinstance(first, Opening):
        samples = [[cell] for cell in first.cells]
    return [_width(column, values) for column, values in zip(columns, samples, strict=True)]


def label_place(columns: Sequence[Column]) -> int | None:
    """The place of the column in which ``Total`` is written: the first without a total."""
    return next((place for place, column in enumerate(columns) if not column.total), None)


def labelled(columns: Sequence[Column], label: str, values: dict[int, Any]) -> list[Any]:
    """The cells of a row of totals."""
    place = label_place(columns)
    return [values.get(n, label if n == place else None) for n in range(len(columns))]


def placed(columns: Sequence[Column], cells: Any) -> dict[int, Any]:
    """Cells by the name of their column, by its place."""
    places = {column.name: place for place, column in enumerate(columns)}
    return {places[name]: value for name, value in cells.items()}


def money(currency: Currency, number: str) -> str:
    """An amount with its symbol; the space between does not break, and a minus comes first."""
    if currency.position == "before":
        minus = number[: len(number) - len(number.lstrip(MINUS))]
        return f"{minus}{currency.symbol}{number.removeprefix(minus)}"
    return f"{number}\N{NO-BREAK SPACE}{currency.symbol}"


def _width(column: Column, values: Sequence[Any]) -> int:
    if column.width is not None:
        return column.width
    title = min(len(column.title), 20)
    if column.kind != "text":
        return max(_USUAL[column.kind], title + 2)
    lengths = (len(str(each)) for each in islice(values, SAMPLE) if each is not None)
    longest = max(lengths, default=20)
    return min(max(longest + 2, title + 2, _NARROWEST), WIDEST)
