"""Named conversions that need no Odoo: from JSON to the form in which Odoo takes a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from tasks.webhooks.target import Conversion

DECIMALS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"), 0,
    ),
}  # fmt: skip
"""Digits after the point of currencies that have not two (ISO 4217)."""
_INTEGER = re.compile(r"[+-]?\d{1,18}")


def decimal(value: Any) -> float:
    """JSON has no decimals; Odoo rounds to its own precision."""
    return float(_exact(value))


def minor_units(value: Any, currency: Any) -> float:
    """1999 of USD is 19.99; of JPY it is 1999."""
    digits = DECIMALS.get(str(currency or "").upper(), 2)
    return float(_exact(value).scaleb(-digits))


def integer(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidDelivery(f"{value!r} is no whole number")
    return int(value)


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise InvalidDelivery(f"{value!r} is neither true nor false")


def moment(value: Any) -> datetime:
    """Of ISO 8601 or Unix seconds; without a time zone it is UTC."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise InvalidDelivery(f"{value!r} is no date: ISO 8601 or Unix seconds") from None


def version(value: Any) -> float:
    """Numbers as they are, dates as Unix seconds: a later one is larger."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return moment(value).timestamp()


def day(value: Any) -> str:
    """The day as the sender writes it, of a date with or without a time."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            raise InvalidDelivery(f"{value!r} is no date: ISO 8601 or Unix seconds") from None
    return moment(value).date().isoformat()


def text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise InvalidDelivery(f"{type(value).__name__} is no text")
    return str(value)


PLAIN: Mapping[Conversion, Callable[[Any], Any]] = {
    Conversion.TEXT: text,
    Conversion.INTEGER: integer,
    Conversion.DECIMAL: decimal,
    Conversion.BOOLEAN: boolean,
    Conversion.DATE: day,
    Conversion.DATETIME: lambda value: moment(value).strftime("%Y-%m-%d %H:%M:%S"),
}


def _exact(value: Any) -> Decimal:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            found = Decimal(str(value))
            if found.is_finite():
                return found
    except InvalidOperation:
        pass
    raise InvalidDelivery(f"{value!r} is no number")
