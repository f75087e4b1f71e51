"""Columns of values as the XML of a sheet's rows, many at a time.

A column without blanks is put into the rows' template as it is, so that a cell costs a few hundred
nanoseconds. Texts are always inline strings: nothing from the data becomes a formula or a link.
Source: ECMA-376 part 1, 18.3.1 (worksheets), 22.4.2.4 (``_xHHHH_`` in strings).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from tasks.reports.kit.document import Column, of_kind
from tasks.reports.kit.locale import Locale, day

LONGEST = 32_767
"""Characters of a cell in Excel."""
BLANK = "<c/>"
_EPOCH = dt.datetime(1899, 12, 30)
_FIRST = dt.date(1900, 3, 1)
"""Before it Excel's days are off by one, or do not exist."""
_ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Fragments = tuple[str, Sequence[Any]]
"""A template of one cell, and what goes into it for each line."""


def rows_xml(columns: Sequence[Fragments], attributes: str = "") -> str:
    """``<row>`` elements; where they stand is left to their order."""
    template = f"<row{attributes}>" + "".join(cell for cell, _values in columns) + "</row>"
    lines = zip(*(values for _cell, values in columns), strict=True)
    return "".join(map(template.__mod__, lines))


def fragments(column: Column, values: Sequence[Any], style: int, locale: Locale) -> Fragments:
    """The cells of a column. Raises ``Permanent`` for a value that its kind cannot have."""
    with of_kind(column):
        return _MAKERS[column.kind](values, style, locale)


def legal(label: str) -> str:
    """A text that XML can hold, for what XlsxWriter writes: names, titles, labels."""
    return _ILLEGAL.sub("", label.replace("\0", ""))


def one(column: Fragments) -> str:
    """The first cell of a column."""
    cell, values = column
    return str(cell % values[0])


def text(value: object, style: int) -> str:
    """One cell of text."""
    return one(_texts([value], style, Locale()))


def number(value: float | None, style: int) -> str:
    """One cell with a number."""
    return f'<c s="{style}"/>' if value is None else f'<c s="{style}"><v>{value!r}</v></c>'


def formula(expression: str, value: float, style: int) -> str:
    """One cell with a formula of ours, and its result for readers that do not calculate."""
    return f'<c s="{style}"><f>{expression}</f><v>{value!r}</v></c>'


def _texts(values: Sequence[Any], style: int, _locale: Locale) -> Fragments:
    texts = ["" if each is None else each if type(each) is str else str(each) for each in values]
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:
        joined = "\0".join(each.replace("\0", "") for each in texts)
    if len(joined) > LONGEST and max(map(len, texts)) > LONGEST:
        cut = (each if len(each) <= LONGEST else each[: LONGEST - 1] + "…" for each in texts)
        joined = "\0".join(cut)
    joined = _xml(joined)
    attributes = f' s="{style}"' if style else ""
    cell = f'<c{attributes} t="inlineStr"><is><t{_space(joined)}>%s</t></is></c>'
    found = joined.split("\0")
    if "" in found:
        return "%s", [cell % each if each else BLANK for each in found]
    return cell, found


def _xml(joined: str) -> str:
    if _ILLEGAL.search(joined):
        joined = _ILLEGAL.sub("", joined)
    if "_x" in joined:
        joined = _ESCAPED.sub("_x005F_", joined)
    if "\r" in joined:
        joined = joined.replace("\r\n", "\n").replace("\r", "\n")
    return joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _space(joined: str) -> str:
    """XML drops blanks at the ends of a text that does not say that they count."""
    kept = " \0" in joined or "\0 " in joined or "\n" in joined or "\t" in joined
    return ' xml:space="preserve"' if kept or joined[:1] == " " or joined[-1:] == " " else ""


def _numbers(values: Sequence[Any], style: int, _locale: Locale) -> Fragments:
    """What is no number to calculate with (NaN, infinity) is blank."""
    cell = f'<c s="{style}"><v>%s</v></c>'
    if None not in values and all(map(isfinite, values)):
        return cell, values
    made = (each is not None and isfinite(each) for each in values)
    return "%s", [
        cell % each if is_one else BLANK for each, is_one in zip(values, made, strict=True)
    ]


def _booleans(values: Sequence[Any], _style: int, _locale: Locale) -> Fragments:
    return _mapped(values, '<c t="b"><v>%s</v></c>', lambda each: "1" if each else "0")


def _days(values: Sequence[Any], style: int, _locale: Locale) -> Fragments:
    return "%s", [BLANK if each is None else _day_cell(day(each), style) for each in values]


@lru_cache(8_192)
def _day_cell(value: dt.date, style: int) -> str:
    if value < _FIRST:
        return text(value.isoformat(), 0)
    return f'<c s="{style}"><v>{value.toordinal() - _EPOCH.toordinal()}</v></c>'


def _moments(values: Sequence[Any], style: int, locale: Locale) -> Fragments:
    def cell(each: Any) -> str:
        if each is None:
            return BLANK
        moment = locale.local(each)
        if moment.date() < _FIRST:
            return text(str(moment), 0)
        passed = moment - _EPOCH
        serial = passed.days + (passed.seconds + passed.microseconds / 1e6) / 86_400
        return f'<c s="{style}"><v>{serial!r}</v></c>'

    return "%s", [cell(each) for each in values]


def _mapped(values: Iterable[Any], cell: str, say: Callable[[Any], str]) -> Fragments:
    return "%s", [BLANK if each is None else cell % say(each) for each in values]


_MAKERS: dict[str, Callable[[Sequence[Any], int, Locale], Fragments]] = {
    "text": _texts,
    "integer": _numbers,
    "number": _numbers,
    "money": _numbers,
    "percent": _numbers,
    "boolean": _booleans,
    "date": _days,
    "month": _days,
    "datetime": _moments,
}
