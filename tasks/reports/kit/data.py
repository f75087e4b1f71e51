"""The lines of a report as one table, for the formats that programs read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from odoo_bridge.errors import Permanent
from tasks.reports.kit.document import Block, Column, Document, Opening, Sheet
from tasks.reports.kit.rows import gathered

SHEET = Column("sheet", "Sheet")
"""Comes first when there are several."""


def data_columns(document: Document) -> list[Column]:
    """Raises ``Permanent`` for sheets of different columns."""
    sheets = _sheets(document)
    names = [[column.name for column in sheet.columns] for sheet in sheets]
    if any(each != names[0] for each in names):
        raise Permanent(f"{document.name}: its sheets have different columns; ask for xlsx")
    return [*([SHEET] if len(sheets) > 1 else []), *sheets[0].columns]


def data_blocks(document: Document) -> Iterator[Sequence[Sequence[Any]]]:
    """Values by column, many lines at a time; headings and subtotals are none."""
    sheets = _sheets(document)
    for sheet in sheets:
        for row in gathered(sheet):
            if isinstance(row, Block):
                columns = row.columns
            elif isinstance(row, Opening):
                columns = [[cell] for cell in row.cells]
            else:
                continue
            if len(sheets) > 1:
                columns = [[sheet.title] * len(columns[0]), *columns]
            yield columns


def _sheets(document: Document) -> list[Sheet]:
    """Raises ``Permanent`` without any."""
    found = [sheet for sheet in document.sheets if sheet.data]
    if not found:
        raise Permanent(f"{document.name}: there is no sheet of data; ask for xlsx")
    return found
