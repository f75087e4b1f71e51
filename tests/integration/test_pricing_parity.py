"""The engine's prices against Odoo's own ``_get_product_price``, on random data of every kind.

``FABRIC_TEST_PRICES`` says how many prices are compared, ``FABRIC_TEST_PRICES_SEED`` makes other
data. What the data is, is in ``in_odoo/prices.py``.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from odoo_bridge.job import Json
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Moment
from tasks.pricing.products import Cases
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource, Snapshot, these_products
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
    assert rules["depth"]["3"] > 0
