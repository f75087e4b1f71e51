from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tasks.reports.table import Sale, Table
from tasks.reports.workbook import SHEET, Currency, Heading, render

DOLLAR = Currency("USD", "$", "before", 2)
HEADING = Heading("My Company", "from 2026-10-01 to 2026-11-30")
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
SALES = [
    Sale(1, "[D1] Desk", OCTOBER, 1990.1),
    Sale(1, "[D1] Desk", NOVEMBER, 10.2),
    Sale(2, "Lamp", NOVEMBER, -30.005),
]


def sheet(sales: list[Sale], currency: Currency = DOLLAR, **options: Any) -> Any:
    book = load_workbook(
        BytesIO(render(Table.of(sales, currency.digits), HEADING, currency)), **options
    )
    assert book.sheetnames == [SHEET]
    return book[SHEET]


def values(page: Any) -> list[tuple[Any, ...]]:
    return list(page.iter_rows(values_only=True))


def test_title_header_rows_and_totals() -> None:
    assert values(sheet(SALES, data_only=True)) == [
        ("Sales of My Company", None, None, None),
        ("from 2026-10-01 to 2026-11-30", None, None, None),
        (None, None, None, None),
        ("Product", "2026-10", "2026-11", "Total"),
        ("[D1] Desk", 1990.1, 10.2, 2000.3),
        ("Lamp", 0, -30.0, -30.0),
        ("Total", 1990.1, -19.8, 1970.3),
    ]


def test_totals_are_formulas() -> None:
    page = sheet(SALES)
    assert [page["D5"].value, page["D6"].value] == ["=SUM(B5:C5)", "=SUM(B6:C6)"]
    totals = [page[cell].value for cell in ("B7", "C7", "D7")]
    assert totals == ["=SUM(B5:B6)", "=SUM(C5:C6)", "=SUM(D5:D6)"]


def test_the_header_stays_in_view() -> None:
    assert sheet(SALES).freeze_panes == "B5"


def test_columns_are_as_wide_as_what_they_hold() -> None:
    long = sheet([Sale(1, "x" * 45, OCTOBER, 1.0)])
    assert 45 <= long.column_dimensions["A"].width <= 60


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_a_name_is_never_a_formula(name: str) -> None:
    cell = sheet([Sale(1, name, OCTOBER, 1.0)])["A5"]
    assert (cell.value, cell.data_type) == (name, "s")


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        (DOLLAR, '"$"#,##0.00'),
        (Currency("EUR", "€", "after", 2), '#,##0.00 "€"'),
        (Currency("JPY", "¥", "before", 0), '"¥"#,##0'),
        (Currency("XXX", '"; [Red]', "after", 1), '#,##0.0 "; [Red]"'),
    ],
)
def test_amounts_wear_the_currency(currency: Currency, expected: str) -> None:
    assert sheet(SALES, currency)["B5"].number_format == expected
    assert sheet(SALES, currency)["D7"].number_format == expected


def test_an_empty_report_says_so() -> None:
    assert values(sheet([]))[-1] == ("No sales in this period.",)
