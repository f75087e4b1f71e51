from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reports.table import Sale, Table, months_between

OCTOBER, NOVEMBER, DECEMBER, JANUARY = (
    date(2026, 10, 1),
    date(2026, 11, 1),
    date(2026, 12, 1),
    date(2027, 1, 1),
)


def test_no_sales_is_an_empty_table() -> None:
    table = Table.of([], 2)
    assert (table.months, table.rows, table.month_totals, table.total) == ((), (), (), 0.0)


def test_a_month_without_sales_is_there_too() -> None:
    table = Table.of([Sale(1, "Desk", OCTOBER, 5.0), Sale(1, "Desk", JANUARY, 7.0)], 2)
    assert table.months == (OCTOBER, NOVEMBER, DECEMBER, JANUARY)
    assert table.rows[0].amounts == (5.0, 0.0, 0.0, 7.0)
    assert table.rows[0].total == 12.0


def test_products_as_they_come_and_the_same_name_twice() -> None:
    table = Table.of(
        [
            Sale(3, "Lamp", OCTOBER, 1.0),
            Sale(2, "Desk", OCTOBER, 2.0),
            Sale(1, "Desk", OCTOBER, 3.0),
            Sale(1, "Desk", OCTOBER, 4.0),
        ],
        2,
    )
    assert [(row.name, row.total) for row in table.rows] == [
        ("Lamp", 1.0),
        ("Desk", 2.0),
        ("Desk", 7.0),
    ]


def test_a_refund_is_negative() -> None:
    table = Table.of([Sale(1, "Desk", OCTOBER, -5.0), Sale(2, "Lamp", OCTOBER, 7.0)], 2)
    assert table.month_totals == (2.0,)


def test_totals_add_up_what_is_shown() -> None:
    table = Table.of([Sale(n, f"P{n}", OCTOBER, 0.004) for n in range(1_000)], 2)
    assert table.total == table.month_totals[0] == 0.0


SALES = st.lists(
    st.builds(
        Sale,
        key=st.integers(1, 5),
        name=st.sampled_from(["Desk", "Lamp"]),
        month=st.sampled_from([OCTOBER, NOVEMBER, DECEMBER, JANUARY]),
        amount=st.floats(-1e6, 1e6),
    ),
    max_size=20,
)


@given(SALES)
def test_rows_and_columns_come_to_the_same_total(sales: list[Sale]) -> None:
    table = Table.of(sales, 2)
    assert table.total == pytest.approx(sum(sale.amount for sale in sales), abs=0.1)
    assert sum(table.month_totals) == pytest.approx(table.total, abs=1e-3)


@given(st.lists(st.dates(date(1990, 1, 1), date(2090, 1, 1)), min_size=1, max_size=4))
def test_months_are_first_days_without_a_gap(days: list[date]) -> None:
    months = months_between(days)
    assert months[0] == min(days).replace(day=1)
    assert months[-1] == max(days).replace(day=1)
    assert all(28 <= (after - before).days <= 31 for before, after in pairwise(months))
