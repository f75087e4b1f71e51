"""The rows of a sheet, lines gathered into blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from odoo_bridge.errors import Permanent
from tasks.reports.kit.document import Block, Cells, Heading, Opening, Row, Sheet, Subtotal

SIZE = 2_000
"""Lines of a block: enough that its own cost vanishes, few enough for memory."""

Gathered = Block | Heading | Opening | Subtotal


def gathered(sheet: Sheet) -> Iterator[Gathered]:
    """The rows in order, none of them a line alone.

    Raises ``Permanent`` for a line that has not a cell for each column.
    """
    width = len(sheet.columns)
    lines: list[Cells] = []
    for row in sheet.rows:
        if isinstance(row, Heading | Subtotal):
            found: Gathered | None = row
        elif isinstance(row, Block):
            _check(sheet, len(row.columns), width)
            found = row if len(row.columns[0]) else None
        elif isinstance(row, Opening):
            _check(sheet, len(row.cells), width)
            found = row
        else:
            _check(sheet, len(row), width)
            lines.append(row)
            if len(lines) < SIZE:
                continue
            found = None
        if lines:
            yield _block(lines)
            lines = []
        if found is not None:
            yield found
    if lines:
        yield _block(lines)


def counted(rows: Iterable[Row], tell: Callable[[int], None]) -> Iterator[Row]:
    """The same rows; ``tell`` hears now and then how many lines have passed, and may raise."""
    lines = said = 0
    for row in rows:
        yield row
        lines += len(row.columns[0]) if isinstance(row, Block) else 1
        if lines - said >= SIZE:
            said = lines
            tell(lines)
    tell(lines)


def _block(lines: list[Cells]) -> Block:
    columns: list[tuple[Any, ...]] = list(zip(*lines, strict=True))
    return Block(columns)


def _check(sheet: Sheet, cells: int, width: int) -> None:
    if cells != width:
        raise Permanent(f"sheet {sheet.title}: a row of {cells} cells under {width} columns")
