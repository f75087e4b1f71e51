"""Values as people read them, for the formats whose cells are texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.reports.kit.document import NUMBERS, Column, of_kind
from tasks.reports.kit.layout import money
from tasks.reports.kit.letterhead import Letterhead
from tasks.reports.kit.words import Words


@dataclass(frozen=True, slots=True)
class Shown:
    """Texts of the cells of some columns."""

    columns: Sequence[Column]
    letterhead: Letterhead

    def cells(self, values: Sequence[Any]) -> list[str]:
        """Raises ``Permanent`` for a value that its column cannot have."""
        return [self.cell(*each) for each in zip(self.columns, values, strict=True)]

    def cell(self, column: Column, value: Any) -> str:
        if value is None:
            return ""
        with of_kind(column):
            return self._say(column, value)

    def _say(self, column: Column, value: Any) -> str:
        locale = self.letterhead.locale
        not_shown = value != value or (column.blank_zero and not value)  # noqa: PLR0124 - NaN
        if column.kind in NUMBERS and not_shown:
            return ""
        if column.kind == "money":
            currency = column.currency or self.letterhead.currency
            return money(currency, locale.number(value, currency.digits))
        if column.kind == "number":
            return locale.number(value, column.digits)
        if column.kind == "percent":
            return locale.percent(value, column.digits)
        if column.kind == "boolean":
            words = Words.of(locale.language)
            return words.yes if value else words.no
        says: dict[str, Callable[[Any], str]] = {
            "integer": lambda each: locale.number(each, 0),
            "date": locale.date,
            "month": locale.month,
            "datetime": locale.datetime,
        }
        return says.get(column.kind, str)(value)
