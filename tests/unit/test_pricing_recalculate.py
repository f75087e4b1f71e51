from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from odoo_bridge.errors import InvalidParams, Permanent, RecordMissing
from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.pricing.recalculate import PricingParams, recalculate, whole_products
from tasks.registry import find

DOLLAR, EURO = 1, 2


def product(number: int, **values: Any) -> Json:
    return {
        "id": number,
        "product_tmpl_id": number * 10,
        "categ_id": 5,
        "list_price": 100.0,
        "price_extra": 0.0,
        "standard_price": 40.0,
        "currency_id": DOLLAR,
        "cost_currency_id": DOLLAR,
        **values,
    }


def rule(number: int, **values: Any) -> Json:
    numbers = ("min_quantity", "fixed_price", "percent_price", "price_discount", "price_markup")
    more = ("price_round", "price_surcharge", "price_min_margin", "price_max_margin")
    scope = ("categ_id", "product_tmpl_id", "product_id", "base_pricelist_id")
    return {
        "id": number,
        "pricelist_id": 1,
        "applied_on": "3_global",
        "compute_price": "percentage",
        "base": "list_price",
        **dict.fromkeys((*numbers, *more), 0.0),
        **dict.fromkeys(scope, False),
        **values,
    }


class FakeModel:
    """Answers ``search`` with every id and ``read`` by id, and remembers the domains."""

    def __init__(self, rows: list[Json]) -> None:
        self.rows = rows
        self.domains: list[list[Any]] = []

    def search(self, domain: list[Any]) -> list[int]:
        self.domains.append(domain)
        wanted = {term[0]: term[2] for term in domain if len(term) == 3 and term[1] == "in"}
        return [r["id"] for r in self.rows if all(r.get(k, v[0]) in v for k, v in wanted.items())]

    def read(self, ids: list[int], fields: list[str], *, load: str) -> list[Json]:
        assert load == ""
        assert all(set(fields) <= row.keys() for row in self.rows)
        return [row for number in ids for row in self.rows if row["id"] == number]


class FakePrices:
    """Odoo's own prices, which a test may bend."""

    def __init__(self, bend: float = 0.0) -> None:
        self.bend = bend
        self.asked: list[Any] = []

    def reference_prices(self, _pricelist_id: int, pairs: list[Any]) -> list[float]:
        self.asked = pairs
        return [90.0 + self.bend] * len(pairs)


class FakeOdoo(dict[str, Any]):
    def __init__(self, products: list[Json], rules: list[Json], bend: float = 0.0) -> None:
        pricelists = [{"id": 1, "currency_id": DOLLAR}, {"id": 2, "currency_id": EURO}]
        rate = {"id": 1, "currency_id": EURO, "company_id": 3, "name": "2026-01-01", "rate": 0.5}
        currencies = [
            {"id": DOLLAR, "name": "USD", "rounding": 0.01},
            {"id": EURO, "name": "EUR", "rounding": 0.01},
        ]
        super().__init__(
            {
                "res.users": FakeModel([{"id": 6, "company_id": 3}]),
                "res.company": FakeModel([{"id": 3, "currency_id": DOLLAR, "root_id": 3}]),
                "res.currency": FakeModel(currencies),
                "res.currency.rate": FakeModel([rate]),
                "product.category": FakeModel([{"id": 5, "parent_path": "4/5/"}]),
                "product.product": FakeModel(products),
                "product.pricelist": FakeModel(pricelists),
                "product.pricelist.item": FakeModel(rules),
                "celery.price": FakePrices(bend),
            }
        )


TEN_OFF = rule(1, percent_price=10.0)


def run(odoo: FakeOdoo, **params: Any) -> tuple[Json, Job]:
    job = Job(Envelope("u-1", 1, "pricing.recalculate", "pricing", user_id=6), odoo)
    return recalculate(job, PricingParams(**{"pricelist_id": 1, **params})), job


def stored(job: Job) -> list[Any]:
    assert all(operation.args["method"] == "store_prices" for operation in job.operations)
    return [row for operation in job.operations for row in operation.args["args"][1]]


def test_prices_of_all_saleable_products() -> None:
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF])
    result, job = run(odoo)
    assert result == {
        "prices": 2,
        "products": 2,
        "compared": 2,
        "mismatches": [],
        "currency": "USD",
    }
    assert stored(job) == [[7, 1.0, 90.0], [8, 1.0, 90.0]]
    assert odoo["product.product"].domains == [[("sale_ok", "=", True)]]


def test_attribute_extras_count() -> None:
    extra = product(7, list_price=90.0, price_extra=10.0)
    _result, job = run(FakeOdoo([extra], [TEN_OFF]))
    assert stored(job) == [[7, 1.0, 90.0]]


def test_a_row_for_each_break() -> None:
    rules = [rule(2, min_quantity=5.0, percent_price=20.0), TEN_OFF]
    _result, job = run(FakeOdoo([product(7)], rules), sample=0)
    assert stored(job) == [[7, 1.0, 90.0], [7, 5.0, 80.0]]


def test_a_chained_pricelist_in_another_currency() -> None:
    chained = rule(1, base="pricelist", base_pricelist_id=2)
    theirs = rule(2, pricelist_id=2, compute_price="fixed", fixed_price=45.0)
    _result, job = run(FakeOdoo([product(7)], [chained, theirs]))
    assert stored(job) == [[7, 1.0, 90.0]]


def test_prices_are_stored_in_chunks_of_two_thousand() -> None:
    odoo = FakeOdoo([product(number) for number in range(1, 4_502)], [TEN_OFF])
    result, job = run(odoo)
    assert result["prices"] == 4_501
    sizes = [len(operation.args["args"][1]) for operation in job.operations]
    assert sizes == [2_000, 2_000, 501]


def test_the_prices_of_a_product_are_stored_together() -> None:
    rows = [(7, 1.0, 5.0), (7, 2.0, 4.0), (8, 1.0, 3.0), (9, 1.0, 2.0), (9, 9.0, 1.0)]
    chunks = [[row[0] for row in chunk] for chunk in whole_products(rows, 3)]
    assert chunks == [[7, 7, 8], [9, 9]]
    assert [len(chunk) for chunk in whole_products(rows, 1)] == [2, 1, 2]


def test_no_product_is_no_price() -> None:
    result, job = run(FakeOdoo([], [TEN_OFF]))
    assert (result["prices"], result["compared"], job.operations) == (0, 0, [])


def test_a_mismatch_fails_the_job_and_stores_nothing() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF], bend=0.01)
    with pytest.raises(Permanent, match=r"differ from Odoo's own.*'price': 90.0, 'odoo': 90.01"):
        run(odoo)


def test_a_mismatch_can_be_accepted() -> None:
    result, job = run(FakeOdoo([product(7)], [TEN_OFF], bend=0.01), accept_mismatches=True)
    assert result["mismatches"] == [
        {"product_id": 7, "quantity": 1.0, "price": 90.0, "odoo": 90.01}
    ]
    assert len(stored(job)) == 1


def test_less_than_the_currencys_precision_is_no_mismatch() -> None:
    assert run(FakeOdoo([product(7)], [TEN_OFF], bend=0.004))[0]["mismatches"] == []


def test_the_sample_is_the_same_at_each_attempt() -> None:
    odoo = FakeOdoo([product(number) for number in range(1, 101)], [TEN_OFF])
    samples = []
    for _attempt in range(2):
        assert run(odoo, sample=7)[0]["compared"] == 7
        samples.append(odoo["celery.price"].asked)
    assert samples[0] == samples[1]


def test_a_product_that_is_gone_is_named() -> None:
    with pytest.raises(RecordMissing, match=r"\[99\]"):
        run(FakeOdoo([product(7)], [TEN_OFF]), product_ids=[7, 99])


def test_a_pricelist_that_is_gone_is_named() -> None:
    with pytest.raises(RecordMissing, match=r"pricelists: \[9\]"):
        run(FakeOdoo([product(7)], []), pricelist_id=9)


def test_a_rule_of_another_addon_is_refused() -> None:
    with pytest.raises(Permanent, match="rule 1: auction on list_price"):
        run(FakeOdoo([product(7)], [rule(1, compute_price="auction")]))


def test_a_day_asks_odoo_for_the_rules_of_that_day() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF])
    result, _job = run(odoo, date=date(2026, 12, 24))
    assert result["compared"] == 0  # Odoo's own prices are those of now
    [domain] = odoo["product.pricelist.item"].domains
    assert ("date_start", "<=", "2026-12-24") in domain
    assert ("date_end", ">=", "2026-12-24") in domain


def test_progress_ends_at_the_number_of_products(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[object, ...]] = []
    monkeypatch.setattr(Job, "progress", lambda _job, *said: heard.append(said))
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF])
    envelope = Envelope("u-1", 1, "pricing.recalculate", "pricing", user_id=6)
    recalculate(Job(envelope, odoo), PricingParams(pricelist_id=1))
    assert (2, 2, "compute prices") in heard


def test_the_params_are_checked() -> None:
    with pytest.raises(InvalidParams, match="pricelist_id"):
        find("pricing.recalculate").check({"pricelist_id": 0})
    with pytest.raises(InvalidParams, match="sample"):
        find("pricing.recalculate").check({"pricelist_id": 1, "sample": -1})
