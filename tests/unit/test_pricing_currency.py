from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tasks.pricing.currency import RateRow, Rates, rates_on
from tasks.pricing.errors import MissingRate

DOLLAR, EURO, YEN = 1, 2, 3
TODAY = date(2026, 11, 22)


def convert(rates: Rates, amount: float, source: int, target: int) -> float:
    return float(rates.convert(np.array([amount]), np.array([source]), target)[0])


def test_the_same_currency_needs_no_rate() -> None:
    assert convert(Rates({}), 12.5, EURO, EURO) == 12.5


def test_nothing_is_nothing_without_a_rate() -> None:
    assert convert(Rates({}), 0.0, EURO, DOLLAR) == 0.0


def test_converts_unrounded() -> None:
    rates = Rates({DOLLAR: 1.0, EURO: 0.8, YEN: 120.0})
    assert convert(rates, 10.0, DOLLAR, EURO) == pytest.approx(8.0)
    assert convert(rates, 1.0, EURO, YEN) == pytest.approx(150.0)
    assert convert(rates, 1.0, YEN, EURO) == pytest.approx(1 / 150)


def test_a_missing_rate_is_an_error_and_not_one() -> None:
    with pytest.raises(MissingRate, match="currency 2 has no rate"):
        convert(Rates({DOLLAR: 1.0}), 1.0, EURO, DOLLAR)


def test_the_newest_rate_of_the_day_or_before() -> None:
    rows = [
        RateRow(EURO, 1, date(2026, 11, 1), 0.9),
        RateRow(EURO, 1, date(2026, 11, 22), 0.8),
        RateRow(EURO, 1, date(2026, 11, 23), 0.7),
    ]
    assert rates_on(TODAY, rows, DOLLAR) == {DOLLAR: 1.0, EURO: 0.8}


def test_the_companys_own_rate_before_a_newer_shared_one() -> None:
    rows = [
        RateRow(EURO, None, date(2026, 11, 20), 0.9),
        RateRow(EURO, 1, date(2026, 1, 1), 0.8),
    ]
    assert rates_on(TODAY, rows, DOLLAR)[EURO] == 0.8


def test_a_shared_rate_of_the_past_before_an_own_one_of_the_future() -> None:
    rows = [
        RateRow(EURO, 1, date(2027, 1, 1), 0.8),
        RateRow(EURO, None, date(2026, 1, 1), 0.9),
    ]
    assert rates_on(TODAY, rows, DOLLAR)[EURO] == 0.9


def test_the_earliest_rate_when_all_are_of_the_future() -> None:
    rows = [
        RateRow(EURO, 1, date(2027, 2, 1), 0.7),
        RateRow(EURO, 1, date(2027, 1, 1), 0.8),
    ]
    assert rates_on(TODAY, rows, DOLLAR)[EURO] == 0.8


def test_a_row_of_the_companys_own_currency_counts() -> None:
    rows = [RateRow(DOLLAR, 1, date(2026, 1, 1), 1.1)]
    assert rates_on(TODAY, rows, DOLLAR) == {DOLLAR: 1.1}
