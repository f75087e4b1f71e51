"""Lines in the order of the ledger, whatever order and number they are read in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tasks.reports.books.balances import Account, Balance, Sums
from tasks.reports.books.ledger import lines_by_balance, pieces
from tasks.reports.books.source import Line, Period

YEAR = Period(date(2025, 1, 15), date(2025, 12, 20))


def line(number: int, day: date, account_id: int, partner_id: int | None) -> Line:
    return Line(number, f"{day}", None, account_id, 1, partner_id, None, None, 1.0, 0.0, 1.0, 1, 1)


def test_months_are_the_period_without_gap_or_overlap() -> None:
    months = list(YEAR.months())
    assert (months[0].first, months[-1].last) == (YEAR.first, YEAR.last)
    assert len(months) == 12
    for before, after in pairwise(months):
        assert after.first == before.last + timedelta(days=1)
        assert after.first.day == 1


def test_small_accounts_are_read_together_and_large_ones_by_month() -> None:
    counts = {1: 4, 2: 5, 3: 2, 4: 50, 5: 1}
    found = [accounts for accounts, _ in pieces(counts, YEAR, whole=False, together=10)]
    assert found == [[1, 2], [3], *[[4]] * 12, [5]]


def test_by_partner_no_account_is_split() -> None:
    found = list(pieces({1: 4, 4: 50, 5: 1}, YEAR, whole=True, together=10))
    assert found == [([1], YEAR), ([4], YEAR), ([5], YEAR)]


@pytest.mark.parametrize("by_partner", [True, False])
@pytest.mark.parametrize("together", [1, 7, 1000])
def test_every_line_comes_once_and_in_order(by_partner: bool, together: int) -> None:
    dice = random.Random(8)  # noqa: S311 dice that fall the same each time
    lines = [
        line(
            n,
            YEAR.first + timedelta(dice.randrange(330)),
            dice.randrange(1, 5),
            dice.choice([None, 7, 8]),
        )
        for n in range(200)
    ]
    keys = sorted({(each.account_id, (each.partner_id or 0) * by_partner) for each in lines})
    # Partners in another order than by id, and one account without lines.
    keys = sorted(keys, key=lambda key: (key[0], -key[1]))
    rows = [
        Balance(
            Account(a, f"{a}", ""),
            p,
            0,
            Sums(1, 0, sum(_is(each, a, p, by_partner) for each in lines)),
        )
        for a, p in keys
    ]
    rows.insert(2, Balance(Account(99, "99", "Opening alone"), 0, 5, Sums()))

    def read(domain: list[Any]) -> Iterator[Line]:
        (_, _, first), (_, _, last), (_, _, accounts) = domain
        return (
            each for each in lines if first <= each.date <= last and each.account_id in accounts
        )

    found = list(lines_by_balance(read, rows, YEAR, by_partner=by_partner, together=together))
    seen = [row for row, _ in found]
    assert list(dict.fromkeys(seen)) == rows
    for row in rows:
        of_row = [each for other, some in found if other == row for each in some]
        assert of_row == sorted(of_row, key=lambda each: each.order)
        assert len(of_row) == row.period.lines
        assert all(_is(each, row.account.id, row.partner_id, by_partner) for each in of_row)


def _is(each: Line, account_id: int, partner_id: int, by_partner: bool) -> bool:
    return each.account_id == account_id and (
        not by_partner or (each.partner_id or 0) == partner_id
    )


def test_what_was_posted_meanwhile_to_an_unknown_account_is_left_out() -> None:
    row = Balance(Account(1, "1", ""), 0, 0, Sums(1, 0, 1))
    late = [line(1, YEAR.first, 1, None), line(2, YEAR.first, 2, None)]
    [(found, lines)] = lines_by_balance(lambda _domain: iter(late), [row], YEAR)
    assert found is row
    assert [each.id for each in lines] == [1]
