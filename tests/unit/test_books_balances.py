"""Balances over a period, and the year they begin in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reports.books.balances import Account, Balance, Sums, balances, openings, total
from tasks.reports.books.fiscal_year import FiscalYear

BANK = Account(1, "1010", "Bank")
EARNINGS = Account(2, "2990", "Earnings", carries=False, is_earnings=True)
MORE_EARNINGS = Account(3, "2999", "More earnings", carries=False, is_earnings=True)
SALES = Account(4, "4000", "Sales", carries=False)
ALL = [BANK, EARNINGS, MORE_EARNINGS, SALES]


@pytest.mark.parametrize(
    ("last", "day", "start"),
    [
        ((31, 12), date(2025, 1, 1), date(2025, 1, 1)),
        ((31, 12), date(2025, 12, 31), date(2025, 1, 1)),
        ((31, 3), date(2025, 3, 31), date(2024, 4, 1)),
        ((31, 3), date(2025, 4, 1), date(2025, 4, 1)),
        ((28, 2), date(2024, 2, 29), date(2023, 3, 1)),
        ((28, 2), date(2024, 3, 1), date(2024, 3, 1)),
        ((28, 2), date(2025, 2, 28), date(2024, 3, 1)),
        ((30, 6), date(2025, 6, 30), date(2024, 7, 1)),
        ((31, 6), date(2025, 7, 1), date(2025, 7, 1)),
    ],
)
def test_a_fiscal_year_begins_after_the_last_one_ended(
    last: tuple[int, int], day: date, start: date
) -> None:
    assert FiscalYear(*last).start(day) == start


def test_income_begins_anew_and_its_past_goes_to_the_first_earnings_account() -> None:
    before = {(1, 0): Sums(700, 0), (4, 0): Sums(0, 600), (2, 0): Sums(0, 100)}
    of_year = {(1, 0): Sums(50, 0), (4, 0): Sums(0, 50)}
    assert openings(ALL, before, of_year) == {(1, 0): 750, (4, 0): -50, (2, 0): -700}


def test_without_an_account_of_earnings_the_past_has_a_row_of_its_own() -> None:
    opening = openings([BANK, SALES], {(1, 0): Sums(7, 0), (4, 0): Sums(0, 7)}, {})
    rows = list(balances([BANK, SALES], opening, {}))
    assert [(row.account.label, row.opening) for row in rows] == [
        ("1010 Bank", 7),
        ("Undistributed Profits/Losses", -7),
    ]


def test_an_account_that_nothing_was_posted_to_has_no_row() -> None:
    period = {(4, 0): Sums(5, 5, 2), (2, 0): Sums()}
    assert [row.account for row in balances(ALL, {(1, 0): 0}, period)] == [SALES]


def test_wanted_accounts_keep_what_is_carried_to_them() -> None:
    opening = openings(ALL, {(4, 0): Sums(0, 9)}, {})
    assert [row.opening for row in balances(ALL, opening, {}, {2})] == [-9]
    assert list(balances(ALL, opening, {}, {4})) == []


def test_partners_of_an_account_are_told_apart() -> None:
    opening = openings(ALL, {(1, 9): Sums(3, 0)}, {(1, 8): Sums(0, 1)})
    rows = list(balances(ALL, opening, {(1, 8): Sums(4, 0, 1)}))
    assert [(row.partner_id, row.opening, row.closing) for row in rows] == [(8, -1, 3), (9, 3, 3)]


def test_a_balance_stands_on_one_side() -> None:
    row = Balance(BANK, 0, -3, Sums(10, 1, 2))
    assert row.opening_sides == (0, 3)
    assert row.closing_sides == (6, 0)


ENTRY = st.tuples(
    st.sampled_from([1, 2, 3, 4]), st.sampled_from([1, 2, 3, 4]), st.integers(1, 10**9)
)
ENTRIES = st.lists(ENTRY, max_size=20)


def posted(entries: list[tuple[int, int, int]]) -> dict[tuple[int, int], Sums]:
    found: dict[tuple[int, int], Sums] = {}
    for debit, credit, amount in entries:
        found[debit, 0] = found.get((debit, 0), Sums()) + Sums(amount, 0, 1)
        found[credit, 0] = found.get((credit, 0), Sums()) + Sums(0, amount, 1)
    return found


@given(ENTRIES, ENTRIES, ENTRIES)
def test_balanced_entries_balance_in_every_column(
    before: list[tuple[int, int, int]],
    of_year: list[tuple[int, int, int]],
    period: list[tuple[int, int, int]],
) -> None:
    opening = openings(ALL, posted(before), posted(of_year))
    carried, sums = total(balances(ALL, opening, posted(period)))
    assert carried == 0
    assert sums.debit == sums.credit == sum(amount for *_, amount in period)
