from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tasks.pricing.changes import (
    Scope,
    of_all_products,
    products_named,
    touched,
    touching,
    valid_until,
)
from tasks.pricing.currency import RateRow
from tasks.pricing.model import Pricelist, Rule
from tasks.pricing.moment import Moment
from tasks.pricing.products import Product, Products, Units
from tasks.pricing.source import Snapshot
from tasks.pricing.version import ODOO_19

DOLLAR, EURO = 1, 2
NOW = Moment.of(datetime(2026, 6, 15, 12))


def snapshot(*rules: Rule, rates: tuple[RateRow, ...] = ()) -> Snapshot:
    chained = Rule(compute_price="formula", base="pricelist", base_pricelist_id=1)
    return Snapshot(
        products=Products.of(
            [
                Product(7, 70, "4/5/", 1.0, 1.0, DOLLAR, DOLLAR),
                Product(8, 70, "4/15/", 1.0, 1.0, DOLLAR, DOLLAR),
                Product(9, 90, "", 1.0, 1.0, DOLLAR, DOLLAR),
            ]
        ),
        pricelists={
            1: Pricelist(1, DOLLAR, rules),
            2: Pricelist(2, DOLLAR, (chained,)),
            3: Pricelist(3, EURO),
        },
        units=Units(),
        rate_rows=rates,
        company_currency_id=DOLLAR,
        archived=frozenset(),
        currency_names={},
        version=ODOO_19,
    )


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ({"products": [7]}, [0]),
        ({"templates": [70]}, [0, 1]),
        ({"categories": [4]}, [0, 1]),
        ({"categories": [5]}, [0]),
        ({"categories": [1]}, []),
        ({"products": [9], "categories": [15]}, [1, 2]),
    ],
)
def test_which_products_a_scope_names(scope: Scope, places: list[int]) -> None:
    assert touched([scope], snapshot()).tolist() == places
    assert not of_all_products(scope)


@pytest.mark.parametrize(
    ("scope", "lists"),
    [
        ({}, [1, 2, 3]),
        ({"products": [7]}, [1, 2, 3]),
        ({"pricelists": [1]}, [1, 2]),
        ({"pricelists": [2]}, [2]),
        ({"currencies": [EURO]}, [3]),
        ({"currencies": [DOLLAR]}, [3]),
        ({"currencies": [99]}, []),
    ],
)
def test_which_pricelists_a_scope_touches(scope: Scope, lists: list[int]) -> None:
    found = [n for n in (1, 2, 3) if touching([scope], n, snapshot(), {DOLLAR})]
    assert found == lists


def test_a_rate_and_a_global_rule_are_of_all_products() -> None:
    assert of_all_products({"currencies": [EURO]})
    assert of_all_products({"pricelists": [1]})


def test_the_domain_names_archived_products_too() -> None:
    domain: list[Any] = products_named([{"products": [7]}, {"categories": [4, 5]}, {}])
    assert ("active", "in", [True, False]) in domain
    assert ("id", "in", [7]) in domain
    assert ("categ_id", "child_of", [4, 5]) in domain


def test_prices_hold_until_a_rule_or_a_rate_turns() -> None:
    end = Rule(date_start=datetime(2026, 1, 1), date_end=datetime(2026, 6, 20, 8))
    start = Rule(date_start=datetime(2026, 6, 18))
    rate = RateRow(EURO, None, date(2026, 6, 17), 1.1)
    assert valid_until(snapshot(), 1, NOW) is None
    assert valid_until(snapshot(end), 1, NOW) == "2026-06-20 08:00:01"
    assert valid_until(snapshot(end, start), 2, NOW) == "2026-06-18 00:00:00"
    assert valid_until(snapshot(end, start, rates=(rate,)), 1, NOW) == "2026-06-17 00:00:00"
    assert valid_until(snapshot(end, start), 3, NOW) is None
