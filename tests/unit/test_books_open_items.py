"""What was open on a day, and how old it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tasks.reports.books.open_items import (
    Item,
    Match,
    Open,
    aged_rows,
    as_of,
    bucket,
    column_sums,
)

DAY = date(2025, 8, 31)


def item(
    number: int, residual: int, foreign: float = 0.0, *, days: int = 0, partner: int = 1
) -> Item:
    due = DAY - timedelta(days=days)
    return Item(number, Open(partner, 1, f"INV/{number}", 9, due, due, residual, foreign))


@pytest.mark.parametrize(
    ("late", "place"),
    [
        (-1, 0),
        (0, 0),
        (1, 1),
        (30, 1),
        (31, 2),
        (60, 2),
        (61, 3),
        (90, 3),
        (91, 4),
        (120, 4),
        (121, 5),
        (999, 5),
    ],
)
def test_ranges_are_those_of_odoo(late: int, place: int) -> None:
    assert bucket(DAY - timedelta(days=late), DAY, 30) == place


def test_ranges_of_a_week() -> None:
    assert [bucket(DAY - timedelta(days=late), DAY, 7) for late in (7, 8, 28, 29)] == [1, 2, 4, 5]


def test_what_was_paid_later_is_open_on_the_day() -> None:
    invoice, settled, credit = item(1, 30), item(2, 0), item(3, -5)
    later = [Match(1, 90, 70, 0.0, 0.0), Match(91, 3, 20, 0.0, 0.0)]
    found = {each.entry: each.residual for each in as_of([invoice, settled, credit], later)}
    assert found == {"INV/1": 100, "INV/3": -25}


def test_a_debt_whose_foreign_amount_alone_is_left_is_open() -> None:
    [found] = as_of([item(1, 0, 0.0)], [Match(1, 2, 0, 12.5, 12.5)])
    assert (found.residual, found.residual_currency) == (0, 12.5)


def test_partners_by_name_and_nobody_last() -> None:
    items = [
        item(1, 10, partner=1),
        item(2, 20, days=45, partner=2),
        item(3, 30, days=500, partner=0),
        item(4, -4, days=46, partner=2),
    ]
    rows = aged_rows(as_of(items, []), DAY, 30, {1: "zeta", 2: "Alpha"})
    assert [row.partner_id for row in rows] == [2, 1, 0]
    assert rows[0].buckets == (0, 0, 16, 0, 0, 0)
    assert column_sums(rows) == (10, 0, 16, 0, 0, 30)
    assert sum(row.total for row in rows) == 56


def test_partners_who_are_even_have_no_row() -> None:
    items = [item(1, 10), item(2, -10)]
    assert aged_rows(as_of(items, []), DAY, 30, {}) == []
    assert column_sums([]) == (0, 0, 0, 0, 0, 0)
