"""An order's lines cost in Odoo what they cost in the shop, to the cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.webhooks.pricing import Priced, priced

CENT = Decimal("0.01")
cents = st.integers(min_value=0, max_value=1_000_000).map(lambda n: Decimal(n) / 100)


def subtotal(line: Priced, cent: Decimal = CENT) -> Decimal:
    """As Odoo does it: price less percentage, times quantity, rounded to the currency."""
    net = line.price_unit * (100 - line.discount) / 100
    return (net * line.quantity).quantize(cent, ROUND_HALF_UP)


def test_without_a_discount_the_price_is_the_shops() -> None:
    assert priced(2, Decimal("70.00"), []) == [Priced(2, Decimal("70.00"))]


def test_a_discount_that_is_a_whole_percentage_is_shown_as_one() -> None:
    assert priced(2, Decimal("40.00"), [Decimal("8.00")]) == [
        Priced(2, Decimal("40.00"), Decimal("10.00"))
    ]


def test_a_discount_that_no_percentage_meets_lowers_the_price() -> None:
    assert priced(1, Decimal("750.00"), [Decimal("5.00")]) == [Priced(1, Decimal("745.00"))]


def test_odd_cents_stand_on_a_line_of_one_piece() -> None:
    assert priced(3, Decimal("750.00"), [Decimal("5.00")]) == [
        Priced(2, Decimal("748.33")),
        Priced(1, Decimal("748.34")),
    ]


def test_a_currency_without_cents_stays_without() -> None:
    lines = priced(3, Decimal(75_000), [Decimal(500)])
    assert sum(subtotal(line, Decimal(1)) for line in lines) == 224_500
    assert all(line.price_unit == int(line.price_unit) for line in lines)


@pytest.mark.parametrize("quantity", [1, 3])
def test_a_line_given_away_costs_nothing(quantity: int) -> None:
    price = Decimal("19.99")
    assert priced(quantity, price, [price * quantity]) == [Priced(quantity, price, Decimal(100))]


def test_a_free_gift_with_a_discount_of_nothing() -> None:
    assert priced(1, Decimal("0.00"), [Decimal("0.00")]) == [Priced(1, Decimal("0.00"))]


@given(quantity=st.integers(1, 500), price=cents, share=st.integers(0, 100))
def test_the_lines_always_cost_exactly_that(quantity: int, price: Decimal, share: int) -> None:
    price = price.quantize(CENT)
    discount = (quantity * price * share / 100).quantize(CENT, ROUND_HALF_UP)
    lines = priced(quantity, price, [discount])
    assert sum(line.quantity for line in lines) == quantity
    assert sum(subtotal(line) for line in lines) == quantity * price - discount
