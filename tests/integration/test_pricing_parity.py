"""The engine's prices against Odoo's own ``_get_product_price``, on random data of every kind; and
what changes of that data leave in the table of prices.

``FABRIC_TEST_PRICES`` says how many prices are compared, ``FABRIC_TEST_PRICES_SEED`` makes other
data. What the data is, is in ``in_odoo/prices.py``.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from odoo_bridge.errors import Cancelled
from odoo_bridge.job import Json, State
from tasks.job import Job
from tasks.pricing import storing
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Day, Moment
from tasks.pricing.products import Cases
from tasks.pricing.recalculate import PricingParams, recalculate
from tasks.pricing.refresh import RefreshParams, refresh
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource, Snapshot, these_products
from tasks.pricing.table import computed
from tests.conftest import CHECKOUT
from tests.integration.bulk_jobs import TASK, Jobs
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo

SCRIPT = Path(__file__).parent / "in_odoo" / "prices.py"
CASES = int(os.environ.get("FABRIC_TEST_PRICES", "20000"))
SEED = int(os.environ.get("FABRIC_TEST_PRICES_SEED", "19"))
ZONE = "Asia/Tokyo"
SHOWN = 10

pytestmark = pytest.mark.timeout(900 + CASES // 50)


@pytest.fixture(scope="module")
def prices_odoo() -> Iterator[DevOdoo]:
    """An Odoo of its own: other companies and rates would disturb the other tests."""
    database = f"fabric_prices_{CHECKOUT}"
    yield dev_odoo.reset(dev_odoo.OdooOptions(database=database, port=0))
    dev_odoo.stop(database)


@pytest.fixture(scope="module")
def answer(prices_odoo: DevOdoo, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Groups of cases with Odoo's prices, by company and time."""
    file = tmp_path_factory.mktemp("prices") / "answer.json"
    given = f"SEED, CASES, ANSWER = {SEED}, {CASES}, {str(file)!r}\n"
    process = dev_odoo.process_of(dev_odoo.OdooOptions(database=prices_odoo.database))
    process.shell(given + SCRIPT.read_text("utf-8"))
    found: Json = json.loads(file.read_text())
    return found


@pytest.fixture(scope="module")
def jobs(prices_odoo: DevOdoo) -> Jobs:
    return Jobs(prices_odoo)


def environment(jobs: Jobs, company_id: int) -> Any:
    """That of a job which was enqueued in one company."""
    context = {"allowed_company_ids": [company_id], "tz": ZONE}
    (job,) = jobs.call("celery.job", "enqueue", TASK, {}, context=context)
    (row,) = jobs.call("celery.job", "read", [job], ["uuid"])
    return jobs.job(jobs.claimed(row["uuid"])).odoo


def moment_of(group: Json) -> Moment:
    kind = datetime if group["kind"] == "time" else date
    return Moment.of(kind.fromisoformat(group["on"]), ZONE)


def compute(jobs: Jobs, groups: list[Json]) -> Iterator[tuple[Json, Any, float]]:
    """Each group with each of its cases, and our price of it."""
    snapshots: dict[int, Snapshot] = {}
    for group in groups:
        company = group["company"]
        if company not in snapshots:
            source = PriceSource(environment(jobs, company), company)
            snapshots[company] = source.read(group["pricelists"], these_products(group["products"]))
        engine = Engine(snapshots[company].at(moment_of(group)))
        ids = snapshots[company].products.id
        by_list: dict[int, list[Any]] = defaultdict(list)
        for row in group["cases"]:
            by_list[row[0]].append(row)
        for pricelist, rows in by_list.items():
            _lists, products, quantities, units, *_odoos = zip(*rows, strict=True)
            places = np.searchsorted(ids, products)
            cases = Cases(places, np.array(quantities, dtype=np.float64), np.array(units))
            for row, price in zip(rows, engine.prices(pricelist, cases).tolist(), strict=True):
                yield group, row, price


def test_every_price_is_odoos_own(jobs: Jobs, answer: Json) -> None:
    compared, inexact, wrong = 0, 0, []
    for group, row, price in compute(jobs, answer["groups"]):
        *_asked, theirs, step = row
        compared += 1
        inexact += price != theirs
        if not same_amount(price, theirs, step):
            wrong.append((group["company"], group["on"], row, price))
    print(f"seed {SEED}: {compared} prices compared, {len(wrong)} wrong, {inexact} inexact")
    assert compared >= CASES
    assert wrong[:SHOWN] == [], f"{len(wrong)} of {compared} prices of seed {SEED}"
    assert inexact == 0, f"{inexact} of {compared} prices of seed {SEED} differ in their last bits"


def test_the_cases_are_of_every_kind(answer: Json) -> None:
    """Else the comparison would say little."""
    rows = [row for group in answer["groups"] for row in group["cases"]]
    prices = [row[4] for row in rows]
    assert len({group["company"] for group in answer["groups"]}) == 3
    assert len(set(prices)) > len(prices) / 5
    assert sum(row[3] != -1 for row in rows) > len(rows) / 5
    rules = answer["rules"]
    assert set(rules["applied_on"]) == {
        "0_product_variant",
        "1_product",
        "2_product_category",
        "3_global",
        "none",
    }
    assert set(rules["compute_price"]) == {"fixed", "percentage", "formula", "none"}
    assert set(rules["base"]) == {"list_price", "standard_price", "pricelist", "none"}
    seen = sum(rules["depth"].values())  # of some prices only
    assert min(min(rules[name].values()) for name in ("applied_on", "compute_price")) > seen / 100
    assert int(max(rules["depth"])) >= 2  # a chain of three


KEPT = 6
"""Pricelists whose prices are kept in the table, now and on two days."""
DAYS = [Day(date.today() + timedelta(days=days), ZONE) for days in (30, 250)]
STEPS = 14
KINDS = (
    *("cost", "price", "category", "parent", "sold", "rate"),
    *("rule", "rule", "delete", "new", "window"),
)

Table = dict[tuple[int, Any, int, float], float]
"""By pricelist, day, product and quantity."""


class Kept:
    """Some pricelists of a company in the price table, and changes of what they rest on."""

    def __init__(self, jobs: Jobs, group: Json) -> None:
        self.jobs = jobs
        self.company = group["company"]
        self.products = group["products"]
        self.dice = random.Random(SEED)  # noqa: S311 - dice that fall the same each time
        chained = jobs.find("product.pricelist.item", [("base", "=", "pricelist")], "pricelist_id")
        chained_ids = {row["pricelist_id"][0] for row in chained} & set(group["pricelists"])
        self.lists = sorted(chained_ids)[-KEPT:]
        task = {"queue": "bulk", "schema": {}, "max_attempts": 5, "description": ""}
        names = (TASK, "pricing.recalculate", "pricing.refresh")
        jobs.addon.register_tasks([{"name": name, **task} for name in names])

    def job(self) -> Job:
        context = {"allowed_company_ids": [self.company], "tz": ZONE}
        (number,) = self.jobs.call("celery.job", "enqueue", TASK, {}, context=context)
        (row,) = self.jobs.call("celery.job", "read", [number], ["uuid"])
        return self.jobs.job(self.jobs.claimed(row["uuid"]))

    def run(self, task: Any, params: Any, job: Job | None = None) -> Json:
        job = job or self.job()
        result: Json = task(job, params)
        verdict = self.jobs.commit(job, result=result)
        assert verdict.state is State.DONE, verdict.error
        return result

    def recalculate(self, pricelists: list[int]) -> None:
        if pricelists:
            answer = self.run(recalculate, PricingParams(pricelist_ids=pricelists, sample=0))
            assert answer["errors"] == {}

    def recalculate_days(self, pricelists: list[int], sample: int = 0) -> Json:
        """The same of days, some prices of which are compared with Odoo's own."""
        if not pricelists:
            return {}
        dates = [day.date for day in DAYS]
        params = PricingParams(pricelist_ids=pricelists, dates=dates, sample=sample)
        answer = self.run(recalculate, params)
        assert answer["errors"] == {}
        return answer

    def refresh(self) -> Json:
        answer = self.run(refresh, RefreshParams())
        assert answer["errors"] == {}
        self.recalculate(answer["recalculated"])
        self.recalculate_days(answer["recalculated"] if self.days else [])
        return answer

    @property
    def days(self) -> list[Day]:
        """Those that are kept."""
        found = self.jobs.find("celery.price.run", [("company_id", "=", self.company)], "date")
        return [day for day in DAYS if str(day.date) in {row["date"] for row in found}]

    def table(self) -> Table:
        rows = self.jobs.call(
            "celery.price",
            "search_read",
            [("company_id", "=", self.company)],
            ["pricelist_id", "date", "product_id", "min_quantity", "price"],
            load="",  # with names it takes three times as long
            context={"allowed_company_ids": [self.company], "active_test": False},
        )
        return {
            (r["pricelist_id"], r["date"], r["product_id"], r["min_quantity"]): r["price"]
            for r in rows
        }

    def computed(self) -> Table:
        """What a full run would store."""
        source = PriceSource(environment(self.jobs, self.company), self.company)
        snapshot = source.read(self.lists, these_products(None))
        engines = {
            str(day.date) if day else False: Engine(snapshot.at(Moment.on(day)))
            for day in (None, *self.days)
        }
        places = np.arange(len(snapshot.products))
        return {
            (each, day, product, quantity): price
            for day, engine in engines.items()
            for each in self.lists
            for _done, prices in computed(engine, each, places)
            for product, quantity, price in map(prices.row, range(len(prices)))
        }

    def change(self) -> str:
        """Something that prices rest on; answers what."""
        kind = self.dice.choice(KINDS)
        getattr(self, f"_{kind}")()
        return kind

    def _some(self, model: str, *domain: Any) -> int:
        found: int = self.dice.choice(self.jobs.call(model, "search", list(domain)))
        return found

    def _template(self) -> int:
        product = self.dice.choice(self.products)
        (row,) = self.jobs.call("product.product", "read", [product], ["product_tmpl_id"])
        template: int = row["product_tmpl_id"][0]
        return template

    def _rule_id(self) -> int:
        return self._some("product.pricelist.item", ("pricelist_id", "in", self.lists))

    def _write(self, model: str, number: int, values: Json) -> None:
        context = {"allowed_company_ids": [self.company]}
        self.jobs.call(model, "write", [number], values, context=context)

    def _cost(self) -> None:
        cost = self.dice.randint(1, 99)
        self._write("product.product", self.dice.choice(self.products), {"standard_price": cost})

    def _price(self) -> None:
        self._write("product.template", self._template(), {"list_price": self.dice.randint(1, 99)})

    def _rule(self) -> None:
        values = {"min_quantity": self.dice.choice([0, 3, 30]), "compute_price": "fixed"}
        self._write("product.pricelist.item", self._rule_id(), values)

    def _delete(self) -> None:
        self.jobs.call("product.pricelist.item", "unlink", [self._rule_id()])

    def _new(self) -> None:
        values = {"pricelist_id": self.dice.choice(self.lists), "compute_price": "percentage"}
        category = self._some("product.category")
        scope = {"applied_on": "2_product_category", "categ_id": category, "percent_price": 5}
        self.jobs.call("product.pricelist.item", "create", [{**values, **scope}])

    def _window(self) -> None:
        """A rule that holds on the first of the days, and neither now nor on the second."""
        start, end = (datetime.now() + timedelta(days=days) for days in (10, 60))
        values = {"pricelist_id": self.dice.choice(self.lists), "compute_price": "fixed"}
        product = {"applied_on": "1_product", "product_tmpl_id": self._template()}
        window = {"date_start": f"{start:%F %T}", "date_end": f"{end:%F %T}", "fixed_price": 7.77}
        self.jobs.call("product.pricelist.item", "create", [{**values, **product, **window}])

    def _category(self) -> None:
        values = {"categ_id": self._some("product.category")}
        self._write("product.template", self._template(), values)

    def _parent(self) -> None:
        leaf = self._some("product.category", ("child_id", "=", False))
        top = self._some("product.category", ("parent_id", "=", False), ("id", "!=", leaf))
        self._write("product.category", leaf, {"parent_id": top})

    def _sold(self) -> None:
        self._write("product.template", self._template(), {"sale_ok": self.dice.random() < 0.5})

    def _rate(self) -> None:
        rate = self._some("res.currency.rate", ("company_id", "=", False))
        self._write("res.currency.rate", rate, {"rate": self.dice.uniform(0.5, 2)})


def test_changes_leave_the_table_that_a_full_run_makes(jobs: Jobs, answer: Json) -> None:
    kept = Kept(jobs, answer["groups"][0])
    kept.recalculate(kept.lists)
    compared = kept.recalculate_days(kept.lists, sample=20)["compared"]
    assert compared == 20 * len(kept.lists) * len(DAYS)
    assert kept.table() == pytest.approx(kept.computed(), rel=1e-12)
    assert len({day for _list, day, *_key in kept.table()}) == 1 + len(DAYS)
    spared = 0
    for step in range(STEPS):
        kind = kept.change()
        refreshed = kept.refresh()
        spared += len(refreshed["recalculated"]) < KEPT
        assert kept.table() == pytest.approx(kept.computed(), rel=1e-12), (SEED, step, kind)
    assert spared > STEPS / 3


class Lost(BaseException):
    """A worker is gone."""


def test_an_attempt_goes_on_where_a_lost_worker_stopped(
    jobs: Jobs, answer: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(jobs, answer["groups"][0])
    for bound in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(storing, bound, 40)  # rows a call
    ahead, calls = storing._ahead, []

    def until_lost(job: Job, method: str, *args: Any) -> Any:
        calls.append((method, args[0]))
        if len(calls) == 12:
            raise Lost
        return ahead(job, method, *args)

    monkeypatch.setattr(storing, "_ahead", until_lost)
    job, params = kept.job(), PricingParams(pricelist_ids=kept.lists, sample=0)
    with pytest.raises(Lost):
        recalculate(job, params)
    assert "advance" in dict(calls)
    kept._cost()  # between the attempts: what the first one stored of it is no longer right
    monkeypatch.setattr(storing, "_ahead", ahead)
    again = jobs.job(jobs.next_attempt(job.envelope))
    assert kept.run(recalculate, params, again)["errors"] == {}
    with pytest.raises(Cancelled):
        recalculate(job, params)  # the lost worker comes back
    assert kept.refresh()["recalculated"] == []
    assert kept.table() == pytest.approx(kept.computed(), rel=1e-12)


def test_odoo_computes_what_is_wrong_or_half_done(jobs: Jobs, answer: Json) -> None:
    kept = Kept(jobs, answer["groups"][0])
    right, wrong = kept.lists[:2]
    rule = jobs.call(
        "product.pricelist.item",
        "create",
        [{"pricelist_id": wrong, "compute_price": "fixed", "fixed_price": 1e16}],
    )
    params = PricingParams(pricelist_ids=[right, wrong], sample=0)
    found = kept.run(recalculate, params)
    assert found["pricelists"] == 1
    assert "is too large for cents" in found["errors"][str(wrong)]
    states = {
        row["pricelist_id"][0]: bool(row["seen"])
        for row in jobs.find(
            "celery.price.run",
            [("company_id", "=", kept.company), ("date", "=", False)],
            "pricelist_id",
            "seen",
        )
    }
    assert (states[right], states[wrong]) == (True, False)
    jobs.call("product.pricelist.item", "unlink", rule)
    assert kept.run(recalculate, params)["errors"] == {}
