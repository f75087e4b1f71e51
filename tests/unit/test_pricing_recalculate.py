from __future__ import annotations

import operator
from datetime import date
from typing import Any

import numpy as np
import pytest

from odoo_bridge.errors import (
    Cancelled,
    InvalidParams,
    OdooUnavailable,
    Permanent,
    RecordMissing,
)
from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.pricing import storing
from tasks.pricing.engine import Engine
from tasks.pricing.errors import CyclicPricelists, PricingError
from tasks.pricing.products import Ints
from tasks.pricing.recalculate import PricingParams, recalculate
from tasks.pricing.recalculated import WholeParams, recalculated
from tasks.pricing.table import Prices, computed
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
        "uom_id": 1,
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
        **dict.fromkeys((*scope, "date_start", "date_end"), False),
        **values,
    }


OPERATORS = {"in": lambda a, b: a in b, "=": operator.eq, ">": operator.gt, ">=": operator.ge}
OPERATORS["<="] = operator.le


class FakeModel:
    """Rows by id, and the domains that were asked for; those on lists of ids and ids hold."""

    def __init__(self, rows: list[Json]) -> None:
        self.rows = rows
        self.domains: list[list[Any]] = []

    def fields_get(self, names: list[str], _attributes: list[str]) -> Json:
        floats = {"rate", "factor", "rounding", "list_price", "price_extra", "standard_price"}
        return {n: {"type": "float" if n in floats else "char", "string": n} for n in names}

    def search(self, domain: list[Any], *, order: str = "", limit: int | None = None) -> list[int]:
        assert order in {"", "id"}
        self.domains.append(domain)
        kept = [row for row in self.rows if all(_holds(row, *term) for term in domain)]
        return [row["id"] for row in kept][:limit]

    def read(self, ids: list[int], fields: list[str], *, load: str) -> list[Json]:
        assert load == ""
        assert all(set(fields) <= row.keys() for row in self.rows)
        return [row for row in self.rows if row["id"] in set(ids)]


def _holds(row: Json, field: str, comparison: str, value: Any) -> bool:
    if field not in row:
        return True
    return bool(OPERATORS[comparison](row[field], value))


class FakePrices:
    """Odoo's own prices, which a test may bend."""

    def __init__(self, bend: float = 0.0) -> None:
        self.bend = bend
        self.asked: list[Any] = []
        self.days: list[Any] = []

    def begin(self) -> Json:
        return {"seen": "5:5:", "runs": []}

    def reference_prices(self, _pricelist: int, pairs: list[Any], day: Any = None) -> list[float]:
        self.asked = pairs
        self.days.append(day)
        return [90.0 + self.bend] * len(pairs)


class FakeBulk:
    """``celery.price.claim`` and ``advance`` of the addon, which a test may have fail."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.taken: set[int] = set()
        self.done_to: dict[Any, int | None] = {}
        self.fails_after: int | None = None
        self.calls: list[list[Any]] = []
        self.rows: list[list[Any]] = []

    def call_ahead(self, model: str, method: str, *args: Any) -> Any:
        assert model == "celery.price"
        return getattr(self, method)(*args)

    def claim(self, pricelist_ids: list[int], job: str, day: Any = None) -> list[Any]:
        assert job == "u-1"
        asked = [each for each in pricelist_ids if each not in self.refused]
        return [[each, self.done_to.setdefault(_key(each, day), 0)] for each in asked]

    def advance(
        self, pricelist: int, job: str, after: int, to: int | None, columns: Any, *rest: Any
    ) -> Json:
        assert job == "u-1"
        key = _key(pricelist, *rest[2:])
        assert self.done_to[key] == after
        if self.fails_after == len(self.calls):
            raise OdooUnavailable("away")
        if pricelist in self.taken:
            return {"taken": True}
        products, quantities, prices = (text.split(",") if text else [] for text in columns)
        rows = zip(products, quantities, prices, strict=True)
        self.rows += [[int(p), float(q), float(x)] for p, q, x in rows]
        self.calls.append([pricelist, after, to, *rest])
        self.done_to[key] = to
        return {"written": len(products), "unchanged": 0, "deleted": 0, "changed": False}


def _key(pricelist: int, day: Any = None) -> Any:
    return (pricelist, *day) if day else pricelist


class FakeOdoo(dict[str, Any]):
    def __init__(self, products: list[Json], rules: list[Json], bend: float = 0.0) -> None:
        self.bulk = FakeBulk()
        pricelists = [{"id": 1, "currency_id": DOLLAR}, {"id": 2, "currency_id": EURO}]
        rate = {"id": 1, "currency_id": EURO, "company_id": 3, "name": "2026-01-01", "rate": 0.5}
        currencies = [
            {"id": DOLLAR, "name": "USD", "rounding": 0.01, "active": True},
            {"id": EURO, "name": "EUR", "rounding": 0.01, "active": True},
        ]
        super().__init__(
            {
                "res.users": FakeModel([{"id": 6, "company_id": 3}]),
                "res.company": FakeModel([{"id": 3, "currency_id": DOLLAR, "root_id": 3}]),
                "res.currency": FakeModel(currencies),
                "res.currency.rate": FakeModel([rate]),
                "uom.uom": FakeModel([{"id": 1, "factor": 1.0, "rounding": 0.01}]),
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
    one = {} if "pricelist_ids" in params else {"pricelist_id": 1}
    return recalculate(job, PricingParams(**{**one, **params})), job


def stored(job: Job) -> list[Any]:
    """What was stored ahead, and what the outcome stores."""
    with_it = [
        [int(product), float(quantity), float(price)]
        for _pricelist, *columns in calls(job, "store_columns")
        for product, quantity, price in zip(*(text.split(",") for text in columns[:3]), strict=True)
    ]
    return [*job.odoo.bulk.rows, *with_it]  # type: ignore[attr-defined]


def calls(job: Job, method: str) -> list[Any]:
    return [o.args["args"] for o in job.operations if o.args["method"] == method]


def test_prices_of_all_saleable_products() -> None:
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF])
    result, job = run(odoo)
    assert result == {
        "prices": 2,
        "products": 2,
        "compared": 2,
        "mismatches": [],
        "currency": "USD",
        "pricelists": 1,
        "written": 2,
        "errors": {},
    }
    assert stored(job) == [[7, 0.0, 90.0], [8, 0.0, 90.0]]
    assert ("sale_ok", "=", True) in odoo["product.product"].domains[0]


def test_attribute_extras_count() -> None:
    extra = product(7, list_price=90.0, price_extra=10.0)
    _result, job = run(FakeOdoo([extra], [TEN_OFF]))
    assert stored(job) == [[7, 0.0, 90.0]]


def test_a_row_for_each_break() -> None:
    rules = [rule(2, min_quantity=5.0, percent_price=20.0), TEN_OFF]
    _result, job = run(FakeOdoo([product(7)], rules), sample=0)
    assert stored(job) == [[7, 0.0, 90.0], [7, 5.0, 80.0]]


def test_a_chained_pricelist_in_another_currency() -> None:
    chained = rule(1, base="pricelist", base_pricelist_id=2)
    theirs = rule(2, pricelist_id=2, compute_price="fixed", fixed_price=45.0)
    _result, job = run(FakeOdoo([product(7)], [chained, theirs]))
    assert stored(job) == [[7, 0.0, 90.0]]


def test_what_is_stored_at_once_is_set_by_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "FIRST", 1_000)
    monkeypatch.setattr(storing, "MOST", 2_000)
    odoo = FakeOdoo([product(number) for number in range(1, 4_502)], [TEN_OFF])
    result, _job = run(odoo)
    assert result["prices"] == 4_501
    assert [call[:3] for call in odoo.bulk.calls] == [
        [1, 0, 1_000],
        [1, 1_000, 3_000],  # that took no time: as many as may be
        [1, 3_000, None],
    ]


def test_the_prices_of_a_product_are_stored_together() -> None:
    products = np.array([7, 7, 8, 9, 9])
    prices = Prices(products, np.zeros(5), np.zeros(5))
    assert [prices.end(0, size) for size in (1, 2, 3, 4, 5)] == [2, 2, 3, 3, 5]
    assert (prices.end(2, 2), prices.end(3, 1), prices.products_named) == (3, 5, 3)


def test_another_attempt_goes_on_behind_what_was_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "FIRST", 2)
    monkeypatch.setattr(storing, "LEAST", 2)
    monkeypatch.setattr(storing, "MOST", 2)
    odoo = FakeOdoo([product(number) for number in range(1, 8)], [TEN_OFF])
    odoo.bulk.fails_after = 2
    with pytest.raises(OdooUnavailable):
        run(odoo)
    assert odoo.bulk.done_to == {1: 4}
    odoo.bulk.fails_after = None
    result, _job = run(odoo)
    assert result["prices"] == 7
    assert [row[0] for row in odoo.bulk.rows] == [1, 2, 3, 4, 5, 6, 7]


def test_what_an_earlier_attempt_has_done_is_not_done_again() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF])
    odoo.bulk.done_to = {1: None}
    result, job = run(odoo, pricelist_ids=[1, 2], sample=0)
    assert (result["pricelists"], result["prices"]) == (2, 1)
    assert [call[0] for call in odoo.bulk.calls] == [2]
    assert job.operations == []


def test_of_several_pricelists_what_is_wrong_with_one_is_named() -> None:
    cyclic = [rule(2, base="pricelist", base_pricelist_id=1), rule(3, pricelist_id=2)]
    cyclic[1].update(base="pricelist", base_pricelist_id=2)
    odoo = FakeOdoo([product(7)], [TEN_OFF, cyclic[1]])
    odoo.bulk.refused = {9}
    result, job = run(odoo, pricelist_ids=[1, 2, 9], sample=0)
    assert (result["pricelists"], result["prices"]) == (1, 1)
    assert result["errors"]["2"].startswith("the pricelists rest on each other in a circle")
    assert result["errors"]["9"].startswith("no such pricelists: [9]")
    assert calls(job, "unsettle") == [[2]]  # Odoo computes its prices; there is no 9


def test_a_job_that_could_do_nothing_has_failed() -> None:
    circle = rule(3, pricelist_id=2, base="pricelist", base_pricelist_id=2)
    odoo = FakeOdoo([product(7)], [circle])
    with pytest.raises(CyclicPricelists):
        run(odoo, pricelist_id=2)
    odoo.bulk.refused = {9}
    with pytest.raises(PricingError, match="none of the pricelists"):
        run(odoo, pricelist_ids=[2, 9])


def summed_up(*parts: Json) -> Json:
    job = Job(Envelope("u-2", 1, "pricing.recalculated", "default", user_id=6), {})
    return recalculated(job, WholeParams(parts=list(parts)))


def test_jobs_that_share_a_work_are_summed_up_errors_and_all() -> None:
    circle = rule(3, pricelist_id=2, base="pricelist", base_pricelist_id=2)
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF, circle])
    bad, _job = run(odoo, pricelist_ids=[2], part=True)
    good, _job = run(odoo, pricelist_ids=[1], part=True)
    assert (bad["pricelists"], list(bad["errors"])) == (0, ["2"])
    assert summed_up(bad, good) == {**good, "errors": bad["errors"], "jobs": 2}
    twice = summed_up(good, {**good, "currency": "EUR"})
    assert (twice["prices"], twice["written"], twice["pricelists"]) == (4, 4, 2)
    assert (twice["products"], twice["currency"]) == (2, None)
    with pytest.raises(PricingError, match=r"none of the pricelists.*circle"):
        summed_up(bad, bad)


def test_who_lost_a_pricelist_to_another_job_says_so() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF])
    odoo.bulk.taken = {1}
    result, job = run(odoo, pricelist_ids=[1, 2], sample=0)
    assert result["errors"] == {"1": "another job computes this pricelist now"}
    assert calls(job, "unsettle") == []  # that is the other job's to say


def test_a_cancelled_job_stores_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "FIRST", 1)
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF])
    monkeypatch.setattr(Job, "cancelled", property(lambda _job: bool(odoo.bulk.calls)))
    with pytest.raises(Cancelled):
        run(odoo)
    assert [row[0] for row in odoo.bulk.rows] == [7]


def test_an_error_within_a_pricelist_stores_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(engine: Engine, pricelist: int, places: Ints) -> Any:
        yield from computed(engine, pricelist, places)
        if pricelist == 1:
            raise PricingError("the second half is wrong")

    monkeypatch.setattr("tasks.pricing.work.computed", broken)
    odoo = FakeOdoo([product(7)], [TEN_OFF])
    result, _job = run(odoo, pricelist_ids=[1, 2], sample=0)
    assert result["errors"] == {"1": "the second half is wrong"}
    assert [call[0] for call in odoo.bulk.calls] == [2]


def test_no_product_is_no_price() -> None:
    result, job = run(FakeOdoo([], [TEN_OFF]))
    assert (result["prices"], result["compared"], stored(job)) == (0, 0, [])


def test_a_mismatch_fails_the_job_and_stores_nothing() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF], bend=0.01)
    with pytest.raises(Permanent, match=r"differ from Odoo's own.*'price': 90.0, 'odoo': 90.01"):
        run(odoo)


def test_a_mismatch_can_be_accepted() -> None:
    result, job = run(FakeOdoo([product(7)], [TEN_OFF], bend=0.01), accept_mismatches=True)
    assert result["mismatches"] == [
        {"product_id": 7, "quantity": 0.0, "price": 90.0, "odoo": 90.01}
    ]
    assert len(stored(job)) == 1


def test_less_than_the_currencys_precision_is_no_mismatch() -> None:
    assert run(FakeOdoo([product(7)], [TEN_OFF], bend=0.004))[0]["mismatches"] == []


def test_the_sample_is_the_same_at_each_attempt() -> None:
    odoo = FakeOdoo([product(number) for number in range(1, 101)], [TEN_OFF])
    samples = []
    for _attempt in range(2):
        odoo.bulk = FakeBulk()
        assert run(odoo, sample=7)[0]["compared"] == 7
        samples.append(odoo["celery.price"].asked)
    assert samples[0] == samples[1]


def test_a_product_that_is_gone_is_named() -> None:
    with pytest.raises(RecordMissing, match=r"\[99\]"):
        run(FakeOdoo([product(7)], [TEN_OFF]), product_ids=[7, 99])


def test_a_pricelist_that_is_gone_is_named() -> None:
    odoo = FakeOdoo([product(7)], [])
    with pytest.raises(RecordMissing, match=r"pricelists: \[9\]"):
        run(odoo, pricelist_id=9, product_ids=[7])
    odoo.bulk.refused = {9}
    with pytest.raises(RecordMissing, match=r"pricelists: \[9\]"):
        run(odoo, pricelist_id=9)


def test_a_rule_of_another_addon_is_refused() -> None:
    with pytest.raises(Permanent, match="rule 1: auction on list_price"):
        run(FakeOdoo([product(7)], [rule(1, compute_price="auction")]))


def test_a_day_takes_the_rules_of_that_day() -> None:
    dates = {"date_start": "2999-12-24 00:00:00", "date_end": "2999-12-24 12:00:00"}
    christmas = rule(2, percent_price=50.0, **dates)
    odoo = FakeOdoo([product(7)], [christmas, TEN_OFF])
    days = [date(2999, 12, 24), date(2999, 12, 23), date(2999, 12, 24)]
    result, job = run(odoo, dates=days, accept_mismatches=True)
    assert (result["pricelists"], result["prices"], result["compared"]) == (1, 2, 2)
    assert stored(job) == [[7, 0.0, 90.0], [7, 0.0, 50.0]]
    told = [["2999-12-23", "UTC"], ["2999-12-24", "UTC"]]
    assert odoo["celery.price"].days == told
    assert [call[-1] for call in odoo.bulk.calls] == told
    assert set(odoo.bulk.done_to) == {(1, *day) for day in told}


def test_of_several_days_what_is_wrong_with_one_is_named() -> None:
    odoo = FakeOdoo([product(7)], [TEN_OFF])
    result, job = run(odoo, dates=[date(2020, 2, 29), date(2999, 1, 1)])
    assert result["errors"] == {"1 2020-02-29": "the day is past: its prices are not kept"}
    assert (result["pricelists"], result["prices"]) == (1, 1)
    assert calls(job, "unsettle") == [[1, ["2020-02-29", "UTC"]]]
    with pytest.raises(PricingError, match="past"):
        run(odoo, dates=[date(2020, 2, 29)])


def test_a_whole_run_says_until_when_it_holds() -> None:
    later = rule(2, min_quantity=9.0, date_start="2999-01-01 00:00:00")
    odoo = FakeOdoo([product(7), product(8)], [later, TEN_OFF])
    run(odoo)
    ((pricelist, after, to, valid_until, seconds),) = odoo.bulk.calls
    assert (pricelist, after, to, valid_until) == (1, 0, None, "2999-01-01 00:00:00")
    assert 0 < seconds < 60


def test_a_run_of_some_products_settles_nothing() -> None:
    _result, job = run(FakeOdoo([product(7), product(8)], [TEN_OFF]), product_ids=[7])
    assert [o.args["method"] for o in job.operations] == ["store_columns"]
    assert calls(job, "store_columns")[0][-1] == "5:5:"


def test_prices_of_a_day_hold_until_somebody_changes_them() -> None:
    later = rule(2, min_quantity=9.0, date_start="2999-01-01 00:00:00")
    odoo = FakeOdoo([product(7)], [later, TEN_OFF])
    run(odoo, dates=[date(2998, 1, 1)])
    assert odoo.bulk.calls[0][3] is None


def test_prices_of_some_products_on_a_day() -> None:
    _result, job = run(FakeOdoo([product(7)], [TEN_OFF]), product_ids=[7], dates=["2999-12-24"])
    assert [o.args["method"] for o in job.operations] == ["store_columns"]
    assert calls(job, "store_columns")[0][-2:] == ["5:5:", ["2999-12-24", "UTC"]]


def test_a_range_of_products() -> None:
    odoo = FakeOdoo([product(number) for number in (7, 8, 9, 10)], [TEN_OFF])
    _result, job = run(odoo, product_range=[8, 9])
    assert [row[0] for row in stored(job)] == [8, 9]


def test_progress_ends_at_the_number_of_products(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[object, ...]] = []
    monkeypatch.setattr(Job, "progress", lambda _job, *said: heard.append(said))
    odoo = FakeOdoo([product(7), product(8)], [TEN_OFF])
    envelope = Envelope("u-1", 1, "pricing.recalculate", "pricing", user_id=6)
    recalculate(Job(envelope, odoo), PricingParams(pricelist_id=1))
    assert (2, 2, "store prices") in heard


def test_the_params_are_checked() -> None:
    with pytest.raises(InvalidParams, match="pricelist_id"):
        find("pricing.recalculate").check({"pricelist_id": 0})
    with pytest.raises(InvalidParams, match="one of pricelist_id and pricelist_ids"):
        find("pricing.recalculate").check({"pricelist_id": 1, "pricelist_ids": [1]})
    with pytest.raises(InvalidParams, match="pricelist_ids"):
        find("pricing.recalculate").check({"pricelist_ids": []})
    for dates in ([], ["soon"], ["9999-12-31"]):
        with pytest.raises(InvalidParams, match="dates"):
            find("pricing.recalculate").check({"pricelist_id": 1, "dates": dates})
    with pytest.raises(InvalidParams, match="sample"):
        find("pricing.recalculate").check({"pricelist_id": 1, "sample": -1})
