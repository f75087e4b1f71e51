from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import Permanent
from tasks.pricing.currency import Rates
from tasks.pricing.engine import Engine
from tasks.pricing.model import Base, ComputePrice, Pricelist, Product, Rule

DOLLAR, EURO = 1, 2
DESK = Product(
    id=7,
    template_id=70,
    category_path="4/5/",
    list_price=100.0,
    cost=40.0,
    currency_id=DOLLAR,
    cost_currency_id=DOLLAR,
)
RATES = Rates({DOLLAR: 1.0, EURO: 0.5})


def price(*rules: Rule, quantity: float = 1.0, currency: int = DOLLAR) -> float:
    return Engine({1: Pricelist(1, currency, rules)}, RATES).price(1, DESK, quantity)


def formula(**values: Any) -> Rule:
    return Rule(compute_price="formula", **values)


def fixed(amount: float, **values: Any) -> Rule:
    return Rule(compute_price="fixed", fixed_price=amount, **values)


def test_no_rule_is_the_sales_price() -> None:
    assert price() == 100.0


def test_no_rule_converts_the_sales_price() -> None:
    assert price(currency=EURO) == 50.0


def test_a_fixed_price_is_in_the_pricelists_currency() -> None:
    assert price(fixed(9.99), currency=EURO) == 9.99


def test_a_percentage_off_the_sales_price() -> None:
    assert price(Rule(compute_price="percentage", percent_price=12.5)) == 87.5


def test_a_negative_percentage_raises_the_price() -> None:
    assert price(Rule(compute_price="percentage", percent_price=-10)) == pytest.approx(110)


def test_a_percentage_off_the_cost() -> None:
    rule = Rule(compute_price="percentage", percent_price=50, base="standard_price")
    assert price(rule) == 20.0


def test_a_formula_is_not_rounded() -> None:
    assert price(formula(price_discount=33.33)) == pytest.approx(66.67)
    assert price(formula(price_discount=0.001)) == pytest.approx(99.999)


def test_a_markup_is_on_the_cost_and_a_discount_is_not() -> None:
    assert price(formula(base="standard_price", price_markup=25, price_discount=99)) == 50.0
    assert price(formula(base="list_price", price_markup=25)) == 100.0


def test_the_steps_of_a_formula_in_order() -> None:
    rule = formula(price_discount=12, price_round=10.0, price_surcharge=-0.01)
    assert price(rule) == 89.99


def test_margins_are_on_the_base_price_and_after_the_surcharge() -> None:
    low = formula(price_discount=50, price_surcharge=1, price_min_margin=5, price_max_margin=20)
    assert price(low) == 105.0
    high = formula(price_discount=-50, price_min_margin=5, price_max_margin=20)
    assert price(high) == 120.0


def test_margins_of_zero_are_unset() -> None:
    assert price(formula(price_discount=50, price_min_margin=0, price_max_margin=0)) == 50.0


def test_a_negative_margin_counts() -> None:
    assert price(formula(price_discount=50, price_min_margin=-3)) == 97.0


def test_a_surcharge_is_in_the_pricelists_currency() -> None:
    assert price(formula(price_surcharge=3), currency=EURO) == 53.0


def test_the_first_rule_that_applies_wins() -> None:
    assert price(fixed(1), fixed(2)) == 1.0


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({"applied_on": "0_product_variant", "product_id": 7, "template_id": 70}, True),
        ({"applied_on": "0_product_variant", "product_id": 8, "template_id": 70}, False),
        ({"applied_on": "1_product", "template_id": 70}, True),
        ({"applied_on": "1_product", "template_id": 71}, False),
        ({"applied_on": "2_product_category", "category_path": "4/5/"}, True),
        ({"applied_on": "2_product_category", "category_path": "4/"}, True),
        ({"applied_on": "2_product_category", "category_path": "4/5/6/"}, False),
        ({"applied_on": "2_product_category", "category_path": "5/"}, False),
        ({"applied_on": "3_global"}, True),
        ({"applied_on": "3_global", "template_id": 71}, False),
    ],
)
def test_what_a_rule_covers(scope: dict[str, Any], covered: bool) -> None:
    assert price(fixed(5, **scope)) == (5.0 if covered else 100.0)


def test_a_product_without_category_is_in_none() -> None:
    loose = Product(7, 70, "", 100.0, 40.0, DOLLAR, DOLLAR)
    rule = fixed(5, applied_on="2_product_category", category_path="4/")
    assert Engine({1: Pricelist(1, DOLLAR, (rule,))}, RATES).price(1, loose, 1) == 100.0


def test_a_rule_holds_from_its_quantity_on() -> None:
    rules = (fixed(8, min_quantity=10), fixed(9, min_quantity=5))
    assert [price(*rules, quantity=q) for q in (1, 4.99, 5, 9, 10, 11)] == [*(100, 100, 9, 9, 8, 8)]


def test_a_chained_pricelist_is_converted_unrounded() -> None:
    half = Rule(compute_price="percentage", percent_price=50)
    chained = formula(base="pricelist", base_pricelist_id=2, price_surcharge=1)
    lists = {1: Pricelist(1, EURO, (chained,)), 2: Pricelist(2, DOLLAR, (half,))}
    assert Engine(lists, RATES).price(1, DESK, 1) == 26.0


def test_a_chained_pricelist_knows_the_quantity() -> None:
    chained = formula(base="pricelist", base_pricelist_id=2)
    lists = {
        1: Pricelist(1, DOLLAR, (chained,)),
        2: Pricelist(2, DOLLAR, (fixed(60, min_quantity=3),)),
    }
    engine = Engine(lists, RATES)
    assert [engine.price(1, DESK, q) for q in (1, 3)] == [100.0, 60.0]
    assert engine.breaks(1, DESK) == [1.0, 3.0]


def test_a_circle_of_pricelists_is_refused() -> None:
    def resting_on(other: int) -> tuple[Rule, ...]:
        return (formula(base="pricelist", base_pricelist_id=other),)

    lists = {n: Pricelist(n, DOLLAR, resting_on(n % 3 + 1)) for n in (1, 2, 3)}
    with pytest.raises(Permanent, match="1 -> 2 -> 3 -> 1"):
        Engine(lists, RATES)


def test_a_fixed_price_rests_on_nothing() -> None:
    rule = fixed(5, base="pricelist", base_pricelist_id=1)
    assert price(rule) == 5.0


def test_breaks_of_other_products_are_left_out() -> None:
    rules = (
        fixed(1, applied_on="1_product", template_id=71, min_quantity=7),
        fixed(1, applied_on="1_product", template_id=70, min_quantity=2.5),
    )
    assert Engine({1: Pricelist(1, DOLLAR, rules)}, RATES).breaks(1, DESK) == [1.0, 2.5]


QUANTITIES = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0, 12.5])
AMOUNTS = st.floats(min_value=-50, max_value=200, allow_nan=False)
RULES = st.builds(
    Rule,
    category_path=st.sampled_from([None, "4/", "4/5/", "9/"]),
    template_id=st.sampled_from([None, 70, 71]),
    min_quantity=QUANTITIES,
    compute_price=st.sampled_from(get_args(ComputePrice)),
    base=st.sampled_from(get_args(Base)),
    base_pricelist_id=st.just(2),
    fixed_price=AMOUNTS,
    percent_price=AMOUNTS,
    price_discount=AMOUNTS,
    price_markup=AMOUNTS,
    price_round=st.sampled_from([0.0, 0.05, 10.0]),
    price_surcharge=AMOUNTS,
)
BASE_RULES = st.builds(Rule, min_quantity=QUANTITIES, fixed_price=AMOUNTS)


@given(
    st.lists(RULES, max_size=6),
    st.lists(BASE_RULES, max_size=4),
    st.floats(min_value=1, max_value=30, allow_nan=False),
)
def test_a_price_holds_from_its_break_to_the_next(
    rules: list[Rule], base: list[Rule], quantity: float
) -> None:
    lists = {1: Pricelist(1, DOLLAR, tuple(rules)), 2: Pricelist(2, EURO, tuple(base))}
    engine = Engine(lists, RATES)
    start = max(b for b in engine.breaks(1, DESK) if b <= quantity)
    assert engine.price(1, DESK, quantity) == engine.price(1, DESK, start)


@given(AMOUNTS, st.floats(0.01, 50), st.floats(0, 50))
def test_a_price_stays_between_its_margins(discount: float, least: float, more: float) -> None:
    rule = formula(price_discount=discount, price_min_margin=least, price_max_margin=least + more)
    rounding = 1e-9  # of the test's own sums, far below any currency's
    assert 100 + least - rounding <= price(rule) <= 100 + least + more + rounding
