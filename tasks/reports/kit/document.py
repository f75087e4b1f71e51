"""What a report is made of, whatever file it becomes: sheets of columns, rows, charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from odoo_bridge.errors import Permanent
from tasks.reports.kit.letterhead import Currency, Letterhead

Kind = Literal[
    "text", "integer", "number", "money", "percent", "boolean", "date", "datetime", "month"
]
NUMBERS: frozenset[Kind] = frozenset({"integer", "number", "money", "percent"})
"""Kinds that stand at the line's end and that can have totals."""

Cells = Sequence[Any]
"""A value for each column, ``None`` where there is none.

Dates are ``date`` or Odoo's text (``2026-11-30``); moments are aware ``datetime``, or naive ones
and Odoo's text (``2026-11-30 22:00:00``) in UTC; a month is its first day; a percentage is a
ratio (0.21); numbers are ``int``, ``float`` or ``Decimal``.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    name: str
    """What programs call it: the header of CSV and Parquet."""
    title: str
    """What people call it, in their language."""
    kind: Kind = "text"
    total: bool = False
    """Whether subtotals and the sheet's total sum it; of a number."""
    width: int | None = None
    """Characters; what fits the kind unless given."""
    digits: int = 2
    """Decimals of a number or a percentage; those of money are its currency's."""
    currency: Currency | None = None
    """Of money; the report's unless given. For a currency a row, use a number and a text."""
    blank_zero: bool = False
    """Whether people see nothing where a number is zero; programs see it."""
    running: bool = False
    """Whether it is a balance after each line, inside a group: on paper it is carried to the next
    page, with what the group came to so far (those of the whole sheet are carried without one)."""


@contextmanager
def of_kind(column: Column) -> Iterator[None]:
    """Raises ``Permanent`` that names the column when a value is not of its kind."""
    try:
        yield
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Permanent(f"column {column.name} holds what is no {column.kind}: {error}") from error


@dataclass(frozen=True, slots=True)
class Heading:
    """Opens a group. Level 0 is the outermost; it closes what is open at its level and below."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A line that carries on from before the report's period; it counts in totals."""

    cells: Cells


@dataclass(frozen=True, slots=True)
class Subtotal:
    """What the lines since the ``Heading`` of this level sum up to, which the kit works out."""

    text: str
    level: int = 0
    cells: Mapping[str, Any] = field(default_factory=dict)
    """What else stands there, by the column's name: a closing balance, a count."""


@dataclass(frozen=True, slots=True)
class Block:
    """Many lines at once, a list a column: several times as fast as one by one."""

    columns: Sequence[Sequence[Any]]


Row = Cells | Heading | Opening | Subtotal | Block
"""Cells alone are a line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``rows`` are taken once, as they come: no writer of tables holds them all."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    grand_total: bool = True
    """Whether the columns with ``total`` are summed at the end."""
    data: bool = True
    """False: a sheet for people alone, which CSV and Parquet leave out."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a few numbers."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    """Numbers by name, one a label."""
    kind: Literal["bar", "line", "pie"] = "bar"
    """A pie shows the first series."""


@dataclass(frozen=True, slots=True)
class Document:
    """A report, ready to be written as any format."""

    name: str
    """The file's, without its ending."""
    title: str
    """Stands above the first sheet's table; without one its columns' titles are the first row."""
    letterhead: Letterhead
    """Whose report, in which currency, for whose eyes."""
    sheets: Sequence[Sheet]
    """Their rows are taken once, one sheet after another."""
    facts: Sequence[tuple[str, str]] = ()
    """What stands under the title: ``("Period", "…")``."""
    charts: Sequence[Chart] = ()
    landscape: bool = True
    """The paper of a PDF."""
