"""How cells of a workbook look: the formats of each kind of column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tasks.reports.kit.document import NUMBERS, Column
from tasks.reports.kit.letterhead import Currency
from tasks.reports.kit.totals import digits_of

Role = Literal["line", "opening", "head", "heading", "subtotal", "total", "title", "fact"]

GREY = "#EDEDED"
END = "_-"
"""Room for a hyphen after a number, apart from a text in the next column."""
_LOOKS: dict[Role, dict[str, Any]] = {
    "line": {},
    "opening": {"italic": True},
    "head": {"bold": True, "bottom": 1, "bg_color": GREY, "text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "bg_color": "#F7F7F7"},
    "subtotal": {"bold": True, "top": 4},
    "total": {"bold": True, "top": 1, "bottom": 6},
    "title": {"bold": True, "font_size": 14},
    "fact": {"font_color": "#555555"},
}
_DAYS: dict[str, str | int] = {
    "date": 14,  # Excel's own short date, as its user writes it (ECMA-376 part 1, 18.8.30)
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "month": "mmm yyyy",
}


@dataclass(frozen=True, slots=True)
class Styles:
    """Numbers of formats, which XlsxWriter writes into the workbook."""

    workbook: Any
    currency: Currency
    rtl: bool = False
    known: dict[tuple[Role, str | int, str], int] = field(default_factory=dict)

    def of(self, role: Role, column: Column | None = None) -> int:
        """The style of a cell in this role, under this column."""
        form = self._number_format(column) if column and role != "head" else ""
        if role == "line" and not form:
            return 0
        align = self._align(column, role)
        key = (role, form, align)
        if key not in self.known:
            look = {**_LOOKS[role], **({"num_format": form} if form else {})}
            made = self.workbook.add_format({**look, **({"align": align} if align else {})})
            self.known[key] = made._get_xf_index()
        return self.known[key]

    def _align(self, column: Column | None, role: Role) -> str:
        """Titles stand over their numbers, days apart from the column before or behind them, and
        what stands across columns where a line begins, whatever its letters."""
        if column is None:
            return "right" if self.rtl else ""
        if column.kind in _DAYS:
            return "left"
        return "right" if role == "head" and column.kind in NUMBERS else ""

    def _number_format(self, column: Column) -> str | int:
        """Excel shows its separators and the order of a date's parts as its user reads them."""
        if column.kind in _DAYS:
            return _DAYS[column.kind]
        if column.kind not in NUMBERS:
            return ""
        digits = digits_of(column, self.currency.digits)
        if column.kind == "percent":
            number = "0" + (f".{'0' * column.digits}" if column.digits else "") + "%"
        else:
            number = "#,##0" + (f".{'0' * digits}" if digits else "")
        if column.kind == "money":
            currency = column.currency or self.currency
            symbol = '"' + currency.symbol.replace('"', "") + '"'  # none of it is read as format
            before = currency.position == "before"
            number = f"{symbol}{number}" if before else f"{number} {symbol}"
        number += END
        return f"{number};-{number};" if column.blank_zero else number
