from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.pricing.errors import PriceOverflow
from tasks.pricing.list_prices import ListPriceParams, update_list_prices
from tests.unit.test_pricing_recalculate import EURO, FakeModel, FakeOdoo, product, rule


def run(products: list[Json], rules: list[Json], pricelist: int = 1) -> tuple[Json, Any]:
    products = [{"display_name": f"P{row['id']}", **row} for row in products]
    odoo = FakeOdoo(products, rules)
    templates = {row["product_tmpl_id"]: row["list_price"] for row in products}
    rows = [{"id": number, "list_price": price} for number, price in templates.items()]
    odoo["product.template"] = FakeModel(rows)
    job = Job(Envelope("u-1", 1, "pricing.update_list_prices", "pricing", user_id=6), odoo)
    result = update_list_prices(job, ListPriceParams(pricelist_id=pricelist))
    return result, {o.args["ids"][0]: o.args["values"]["list_price"] for o in job.operations}


def on_cost(number: int, **values: Any) -> Json:
    return rule(number, compute_price="formula", base="standard_price", **values)


def test_the_margin_on_the_cost_is_the_sales_price() -> None:
    result, written = run([product(7), product(8, standard_price=9.99)], [
        on_cost(1, price_markup=50.0),
    ])  # fmt: skip
    assert written == {70: 60.0, 80: 14.99}
    assert result == {"written": 2, "unchanged": 0, "skipped": 0}


def test_what_is_so_already_is_not_written() -> None:
    result, written = run([product(7, standard_price=100.004)], [on_cost(1)])
    assert (written, result["unchanged"]) == ({}, 1)


def test_what_rests_on_the_sales_price_is_left() -> None:
    ten_off = rule(2, percent_price=10.0)
    resting = rule(3, compute_price="formula", base="pricelist", base_pricelist_id=2)
    theirs = rule(4, pricelist_id=2, percent_price=5.0)
    for rules in ([], [ten_off], [resting, theirs]):
        result, written = run([product(7)], rules)
        assert (written, result["skipped"]) == ({}, 1)


@pytest.mark.parametrize(
    "on_nothing",
    [
        on_cost(1, price_markup=50.0),
        on_cost(1, price_surcharge=5.0),
        on_cost(1, price_min_margin=3.0),
    ],
)
def test_a_product_without_a_cost_is_left_and_named(
    monkeypatch: pytest.MonkeyPatch, on_nothing: Json
) -> None:
    """Its sales price became 0, or what is added to nothing."""
    notes: list[str] = []
    monkeypatch.setattr(Job, "note", lambda _job, line: notes.append(line))
    result, written = run([product(7, standard_price=0.0), product(8)], [on_nothing])
    assert (list(written), result["skipped"]) == ([80], 1)
    assert [line.partition(", for ")[0] for line in notes] == ["1 products are left"]
    assert notes[0].endswith("a cost that they lack: P7")


def test_a_fixed_price_needs_no_cost() -> None:
    fixed = rule(1, compute_price="fixed", fixed_price=30.0)
    assert run([product(7, standard_price=0.0)], [fixed])[1] == {70: 30.0}


def test_a_template_with_more_variants_is_left() -> None:
    result, written = run([product(7), product(8, product_tmpl_id=70)], [on_cost(1)])
    assert (written, result["skipped"]) == ({}, 2)


def test_extras_are_not_part_of_the_template() -> None:
    _result, written = run([product(7, price_extra=3.0)], [on_cost(1, price_surcharge=20.0)])
    assert written == {70: 57.0}


def test_a_pricelist_in_another_currency() -> None:
    assert EURO == 2  # half a dollar's rate: one euro is two dollars
    fixed = rule(1, pricelist_id=2, compute_price="fixed", fixed_price=30.0)
    _result, written = run([product(7)], [fixed], pricelist=2)
    assert written == {70: 60.0}


def test_too_large_a_price_is_refused() -> None:
    with pytest.raises(PriceOverflow):
        run([product(7)], [on_cost(1, price_markup=1e20)])
