"""Values on their way to Odoo: what travels, in which form, and where one stands that cannot.

One rule for all transports: what JSON knows, and dates as Odoo writes them (``fields.Date``,
``fields.Datetime``: UTC, no fractions). Nothing is bent silently: NaN is no null, bytes are not
guessed to be base64, and an integer keeps to 64 bits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from odoo_bridge.errors import InvalidValue

SMALLEST, LARGEST = -(2**63), 2**64 - 1
_ORJSON = orjson.OPT_PASSTHROUGH_DATETIME
# Outside of XML 1.0's Char (https://www.w3.org/TR/xml/#charsets).
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SURROGATE = re.compile("[\ud800-\udfff]")


Find = Callable[[], InvalidValue | None]
"""Looks for what cannot travel; asked only when there seems to be something."""


def to_json(value: Any, find: Find) -> bytes:
    """JSON, UTF-8. Raises the ``InvalidValue`` that ``find`` gives."""
    try:
        text = orjson.dumps(value, default=plain, option=_ORJSON)
    except TypeError as error:
        raise find() or InvalidValue(str(error)) from error
    # orjson writes NaN as null; most texts hold neither.
    if b"null" in text and (wrong := find()):
        raise wrong
    return text


def plain(value: Any) -> Any:
    """What a value that JSON does not know is written as. Raises ``TypeError``."""
    if isinstance(value, datetime):
        if value.tzinfo:
            value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    base: Any = next(
        (k for k in (str, int, float, list, tuple, dict) if isinstance(value, k)), None
    )
    if base:
        return base(value)
    raise TypeError(_unknown(value))


def invalid(value: Any, where: str, characters: re.Pattern[str] = SURROGATE) -> InvalidValue | None:
    """The first thing in ``value`` that cannot travel, ``None`` when there is none.

    ``characters`` are those that may not stand in a text.
    """
    for path, reason in _faults(value, where, characters):
        return InvalidValue(f"{path} {reason}")
    return None


def _faults(value: Any, path: str, characters: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str):
                yield path, f"has a key that is no text, but of type {type(name).__name__}"
            else:
                yield from _faults(name, f"{path}: the key {name!r}", characters)
                yield from _faults(each, f"{path}.{name}", characters)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _faults(each, f"{path}[{index}]", characters)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _faults(plain(value), path, characters)
    elif reason := _reason(value, characters):
        yield path, reason


def _reason(value: Any, characters: re.Pattern[str]) -> str:
    """Why a value that holds no others cannot travel; empty when it can."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        found = SURROGATE.search(value) or characters.search(value)
        return (
            f"holds the character U+{ord(found[0]):04X}, which cannot be carried" if found else ""
        )
    if isinstance(value, int):
        return "" if SMALLEST <= value <= LARGEST else "is an integer of more than 64 bits"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number"
    try:
        return _reason(plain(value), characters)
    except TypeError as error:
        return str(error)


def _unknown(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "is bytes: Odoo takes base64 text, base64.b64encode(…).decode()"
    return f"is of type {type(value).__name__}, which cannot be carried"
