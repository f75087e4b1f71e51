from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pricing.rounding import Method, float_round, float_round_all, same_amount

STEPS = st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.3, 1.0, 3.0, 10.0, 100.0])
AMOUNTS = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        (2.675, 0.01, 2.68),  # its binary form is 2.67499999…
        (-2.675, 0.01, -2.68),
        (1.005, 0.01, 1.01),
        (1.3, 0.5, 1.5),
        (1.25, 0.5, 1.5),
        (14.99, 10.0, 10.0),
        (15.0, 10.0, 20.0),
        (0.0, 0.01, 0.0),
        (5e-324, 3.0, 0.0),
        (0.1 + 0.2, 0.1, 0.3),
    ],
)
def test_rounds_as_odoo(value: float, step: float, expected: float) -> None:
    assert float_round(value, step) == expected


@given(st.decimals(-100_000, 100_000, places=3))
def test_a_decimal_is_rounded_half_up(amount: Decimal) -> None:
    expected = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert float_round(float(amount), 0.01) == float(expected)


@given(AMOUNTS, STEPS)
def test_is_the_nearest_multiple_and_stays(amount: float, step: float) -> None:
    rounded = float_round(amount, step)
    assert abs(rounded - amount) <= step / 2 + 1e-6
    assert float_round(rounded, step) == rounded


@given(AMOUNTS, STEPS)
def test_knows_no_sign(amount: float, step: float) -> None:
    assert float_round(-amount, step) == -float_round(amount, step)


def test_amounts_are_compared_at_the_step() -> None:
    assert same_amount(1.001, 1.004, 0.01)
    assert not same_amount(1.004, 1.006, 0.01)
    assert same_amount(100.2, 100.4, 1.0)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1),
    STEPS,
    st.sampled_from(["HALF-UP", "UP"]),
)
def test_an_array_is_rounded_as_each_number_is(
    values: list[float], step: float, method: Method
) -> None:
    small = [value for value in values if value == 0 or 1e-290 < abs(value) < 1e290]
    found = float_round_all(np.array(small, dtype=np.float64), step, method)
    assert found.tolist() == [float_round(value, step, method) for value in small]


@given(st.integers(-(10**7), 10**7), STEPS, st.integers(-40, 40))
def test_an_array_is_rounded_as_each_number_is_around_ties(
    number: int, step: float, floats: int
) -> None:
    tie = (number + 0.5) * step
    value = tie + floats * float(np.spacing(abs(tie) or 1.0))
    assert float_round_all(np.array([value]), step)[0] == float_round(value, step)


def test_an_array_has_its_own_steps() -> None:
    found = float_round_all(np.array([2.675, 14.9, 0.0, 7.0]), np.array([0.01, 10.0, 1.0, 0.3]))
    assert found.tolist() == [2.68, 10.0, 0.0, float_round(7.0, 0.3)]


@pytest.mark.parametrize(("value", "expected"), [(11.8812, 11.89), (12.0, 12.0), (-1.001, -1.01)])
def test_rounds_up_as_odoo(value: float, expected: float) -> None:
    assert float_round(value, 0.01, "UP") == expected
