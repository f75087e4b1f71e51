"""A sales table as an XLSX workbook."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range

from tasks.reports.table import Row, Table

SHEET = "By product and month"
HEADER_ROW = 3
WIDEST = 60
"""Columns, in characters, are not made wider than this."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the table."""

    company: str
    period: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A ``res.currency``, for the number format."""

    name: str
    symbol: str
    position: str
    """``before`` or ``after`` the amount."""
    digits: int

    @property
    def number_format(self) -> str:
        """An Excel number format, the symbol quoted so that none of it is read as format."""
        number = "#,##0" + (f".{'0' * self.digits}" if self.digits else "")
        symbol = '"' + self.symbol.replace('"', "") + '"'
        return f"{symbol}{number}" if self.position == "before" else f"{number} {symbol}"


def render(table: Table, heading: Heading, currency: Currency) -> bytes:
    """The workbook's bytes. Rows go to disk as they are written, so memory stays flat."""
    buffer = BytesIO()
    # strings_to_formulas is about write(); here every text goes through write_string, so that
    # a product named "=1+1" stays a text.
    with Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        _Sheet(workbook, currency).write(table, heading)
    return buffer.getvalue()


class _Sheet:
    """One sheet in the making, from top to bottom (constant_memory allows no other order)."""

    def __init__(self, workbook: Any, currency: Currency) -> None:
        self.sheet = workbook.add_worksheet(SHEET)
        self.digits = currency.digits
        money = {"num_format": currency.number_format}
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.head = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#EDEDED"})
        self.head_right = workbook.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#EDEDED", "align": "right"}
        )
        self.money = workbook.add_format(money)
        self.bold = workbook.add_format({**money, "bold": True})
        self.sum = workbook.add_format({**money, "bold": True, "top": 1})
        self.sum_text = workbook.add_format({"bold": True, "top": 1})

    def write(self, table: Table, heading: Heading) -> None:
        self.sheet.write_string(0, 0, f"Sales of {heading.company}", self.title)
        self.sheet.write_string(1, 0, heading.period)
        if not table.rows:
            self.sheet.write_string(HEADER_ROW, 0, "No sales in this period.")
            self.sheet.set_column(0, 0, 40)
            return
        self._set_widths(table)
        self._write_header(table)
        for number, row in enumerate(table.rows, start=HEADER_ROW + 1):
            self._write_row(number, row)
        self._write_totals(table)
        self.sheet.freeze_panes(HEADER_ROW + 1, 1)
        self._set_print(table)

    def _write_header(self, table: Table) -> None:
        self.sheet.write_string(HEADER_ROW, 0, "Product", self.head)
        labels = [f"{month:%Y-%m}" for month in table.months]
        for column, label in enumerate([*labels, "Total"], start=1):
            self.sheet.write_string(HEADER_ROW, column, label, self.head_right)

    def _write_row(self, number: int, row: Row) -> None:
        self.sheet.write_string(number, 0, row.product)
        for column, amount in enumerate(row.amounts, start=1):
            self.sheet.write_number(number, column, amount, self.money)
        last = len(row.amounts)
        cells = xl_range(number, 1, number, last)
        self._write_sum(number, last + 1, cells, row.total, self.bold)

    def _write_totals(self, table: Table) -> None:
        first, last = HEADER_ROW + 1, HEADER_ROW + len(table.rows)
        self.sheet.write_string(last + 1, 0, "Total", self.sum_text)
        for column, total in enumerate([*table.month_totals, table.total], start=1):
            cells = xl_range(first, column, last, column)
            self._write_sum(last + 1, column, cells, total, self.sum)

    def _write_sum(self, row: int, column: int, cells: str, total: float, style: Any) -> None:
        """A formula with its result, for readers that do not calculate."""
        value = round(total, self.digits)
        self.sheet.write_formula(row, column, f"=SUM({cells})", style, value)

    def _set_widths(self, table: Table) -> None:
        """xlsxwriter's autofit cannot look back at rows that are on disk already."""
        names = max(len(row.product) for row in table.rows)
        self.sheet.set_column(0, 0, min(max(names, len("Product")) + 2, WIDEST))
        widest = max(map(abs, (*table.month_totals, table.total)))
        amount = len(f"{widest:,.{self.digits}f}")
        self.sheet.set_column(1, len(table.months) + 1, max(amount + 5, 10))

    def _set_print(self, table: Table) -> None:
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEADER_ROW)
        self.sheet.print_area(0, 0, HEADER_ROW + len(table.rows) + 1, len(table.months) + 1)
