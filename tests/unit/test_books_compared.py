"""Which periods a period is compared with, and what they are called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reports.books.compared import Compare, earlier, named
from tasks.reports.books.source import Period
from tasks.reports.kit import Locale


def period(days: str) -> Period:
    first, last = days.split("/")
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("days", "compare", "found"),
    [
        ("2025-03-01/2025-03-31", "previous_period", ["2025-02-01/2025-02-28"]),
        ("2024-01-01/2024-03-31", "previous_period", ["2023-10-01/2023-12-31"]),
        ("2025-07-01/2026-06-30", "previous_period", ["2024-07-01/2025-06-30"]),
        ("2025-01-01/2025-12-31", "previous_period", ["2024-01-01/2024-12-31"]),
        ("2025-03-10/2025-03-16", "previous_period", ["2025-03-03/2025-03-09"]),
        ("2025-03-02/2025-03-31", "previous_period", ["2025-01-31/2025-03-01"]),
        ("2025-02-01/2025-02-28", "last_year", ["2024-02-01/2024-02-29", "2023-02-01/2023-02-28"]),
        ("2024-02-29/2024-02-29", "last_year", ["2023-02-28/2023-02-28"]),
        ("2025-03-10/2025-03-16", "last_year", ["2024-03-10/2024-03-16"]),
        ("2025-01-01/2025-12-31", "no", []),
    ],
)
def test_earlier_periods(days: str, compare: Compare, found: list[str]) -> None:
    assert list(earlier(period(days), compare, len(found) or 1)) == [period(p) for p in found]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 800), st.integers(1, 12))
def test_previous_periods_leave_no_day_out(first: date, days: int, times: int) -> None:
    now = Period(first, first + timedelta(days=days))
    for before in earlier(now, "previous_period", times):
        assert before.first <= before.last == now.first - timedelta(days=1)
        now = before


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ("2025-01-01/2025-12-31", "2025"),
        ("2025-02-01/2025-02-28", "Feb 2025"),
        ("2024-07-01/2025-06-30", "Jul 2024 - Jun 2025"),
        ("2025-02-01/2025-02-27", "2/1/25 - 2/27/25"),
    ],
)
def test_what_a_period_is_called(days: str, shown: str) -> None:
    assert named(period(days), Locale("en_US")) == shown
