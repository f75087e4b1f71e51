"""Cells of a file as values of Odoo's field types."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from odoo_bridge.job import Json

STAMP = "%Y-%m-%d %H:%M:%S"
TRUE = frozenset({"1", "true", "t", "yes", "y", "x"})
FALSE = frozenset({"0", "false", "f", "no", "n", ""})

Converter = Callable[[Any], Any]


class BadCell(Exception):
    """This cell is no value of its field."""


def converter(facts: Json, zone: ZoneInfo) -> Converter:
    """From a cell to a value of the field that ``facts`` of ``fields_get`` describe.

    It raises ``BadCell``. Nothing (``None`` or an empty text) empties the field. A time without a
    zone is meant in ``zone``, as Odoo's import takes it.
    """
    kind = facts["type"]
    if kind == "boolean":
        return _boolean
    if kind == "selection":
        return _selection(dict(facts["selection"]))
    return _or_empty(
        {
            "integer": _integer,
            "many2one_reference": _integer,
            "float": _float,
            "monetary": _float,
            "date": _date,
            "datetime": lambda cell: _datetime(cell, zone),
        }.get(kind, _text)
    )


def _or_empty(convert: Converter) -> Converter:
    return lambda cell: False if cell is None or cell == "" else convert(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a spreadsheet knows no integers
    if isinstance(cell, list | dict):
        raise BadCell("a list or an object is no text")
    return str(cell)


def _integer(cell: Any) -> int:
    try:
        if isinstance(cell, str | int) and not isinstance(cell, bool):
            return int(cell)
    except ValueError:
        pass  # "3.0" is one, too
    number = _float(cell)
    if not number.is_integer():
        raise BadCell(f"{cell!r} is not a whole number")
    return int(number)


def _float(cell: Any) -> float:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | Decimal):
        raise BadCell(f"{cell!r} is not a number")
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        raise BadCell(f"{cell!r} is not a number, such as 1234.5") from None
    if not math.isfinite(number):
        raise BadCell(f"{cell!r} is not a number")
    return number


def _boolean(cell: Any) -> bool:
    text = str("" if cell is None else _text(cell)).strip().lower()
    if text not in TRUE | FALSE:
        raise BadCell(f"{cell!r} is neither true nor false")
    return text in TRUE


def _date(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    try:
        return dt.date.fromisoformat(str(cell).strip()).isoformat()
    except ValueError:
        raise BadCell(f"{cell!r} is not a date, such as 2026-11-22") from None


def _datetime(cell: Any, zone: ZoneInfo) -> str:
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        cell = dt.datetime.combine(cell, dt.time.min)
    if not isinstance(cell, dt.datetime):
        try:
            cell = dt.datetime.fromisoformat(str(cell).strip())
        except ValueError:
            raise BadCell(f"{cell!r} is not a time, such as 2026-11-22 10:30:00") from None
    aware = cell if cell.tzinfo else cell.replace(tzinfo=zone)
    moment: dt.datetime = aware.astimezone(dt.UTC)
    return moment.strftime(STAMP)


def _selection(labels: Mapping[str, str]) -> Converter:
    keys = {label: key for key, label in labels.items()} | {key: key for key in labels}

    def convert(cell: Any) -> Any:
        if cell is None or cell == "":
            return False
        text = _text(cell).strip()
        if text not in keys:
            raise BadCell(f"{cell!r} is none of {', '.join(labels)}")
        return keys[text]

    return convert
