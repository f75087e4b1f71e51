"""A report as CSV: its lines, for programs and spreadsheets.

Numbers with a decimal point, days as ISO 8601 has them, moments on the user's clock; headings and
totals are left out, for who reads it adds up itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tasks.cells import plain
from tasks.reports.kit.data import data_blocks, data_columns
from tasks.reports.kit.document import Column, Document, of_kind
from tasks.reports.kit.locale import Locale, day


def write(document: Document, target: Path) -> int:
    """Returns how many lines there are. Raises ``Permanent`` for sheets of different columns."""
    lines = 0
    columns = data_columns(document)
    locale = document.letterhead.locale
    # With a mark, without which Excel reads another encoding.
    with target.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(plain(column.name) for column in columns)
        for block in data_blocks(document):
            texts = [
                _texts(column, values, locale)
                for column, values in zip(columns, block, strict=True)
            ]
            writer.writerows(zip(*texts, strict=True))
            lines += len(block[0])
    return lines


def _texts(column: Column, values: Sequence[Any], locale: Locale) -> list[Any]:
    with of_kind(column):
        return list(_said(column, values, locale))


def _said(column: Column, values: Sequence[Any], locale: Locale) -> Iterator[Any]:
    if column.kind == "datetime":
        return ("" if each is None else f"{locale.local(each)}" for each in values)
    if column.kind in {"date", "month"}:
        return ("" if each is None else day(each).isoformat() for each in values)
    if column.kind == "boolean":
        return ("" if each is None else str(bool(each)).lower() for each in values)
    if column.kind == "text":
        return ("" if each is None else plain(str(each)) for each in values)
    return iter(values)
