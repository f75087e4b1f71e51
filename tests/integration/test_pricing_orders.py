"""``pricing.update_orders`` against Odoo's own ``action_update_prices``, line by line.

``FABRIC_TEST_ORDERS`` says how many pairs of orders are compared, ``FABRIC_TEST_ORDERS_SEED`` makes
other ones. What they are, is in ``in_odoo/orders.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from tasks.pricing.update_orders import OrderParams, update_orders
from tests.conftest import CHECKOUT
from tests.integration.bulk_jobs import Jobs
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo

SCRIPT = Path(__file__).parent / "in_odoo" / "orders.py"
PAIRS = int(os.environ.get("FABRIC_TEST_ORDERS", "60"))
SEED = int(os.environ.get("FABRIC_TEST_ORDERS_SEED", "19"))
SEEN = ("price_unit", "technical_price_unit", "discount", "price_subtotal")
BY_ODOO = {
    "a combo",
    "taxes in the price that a fiscal position may map",
}


@pytest.fixture(scope="module")
def orders_odoo() -> Iterator[DevOdoo]:
    """An Odoo of its own: other rates and discounts would disturb the other tests."""
    database = f"fabric_orders_{CHECKOUT}"
    yield dev_odoo.reset(dev_odoo.OdooOptions(database=database, port=0))
    dev_odoo.stop(database)


@pytest.fixture(scope="module")
def answer(orders_odoo: DevOdoo, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Pairs of orders, and what Odoo made of the second one of each."""
    file = tmp_path_factory.mktemp("orders") / "answer.json"
    given = f"SEED, PAIRS, ANSWER = {SEED}, {PAIRS}, {str(file)!r}\n"
    process = dev_odoo.process_of(dev_odoo.OdooOptions(database=orders_odoo.database))
    process.shell(given + SCRIPT.read_text("utf-8"))
    found: Json = json.loads(file.read_text())
    return found


@pytest.fixture(scope="module")
def jobs(orders_odoo: DevOdoo) -> Jobs:
    return Jobs(orders_odoo)


def lines_of(jobs: Jobs, order: int) -> list[Json]:
    rows = jobs.find("sale.order.line", [["order_id", "=", order]], *SEEN)
    return [{name: row[name] for name in SEEN} for row in rows]


def same_as_twins(jobs: Jobs, pairs: list[Json]) -> None:
    for pair in pairs:
        assert lines_of(jobs, pair["id"]) == lines_of(jobs, pair["twin"])


def some_pairs(answer: Json, number: int) -> list[Json]:
    """Orders of the engine's own, with lines; none is given to two tests."""
    found = [
        pair
        for place, pair in enumerate(answer["pairs"])
        if place % 9 and place % 5 and place % 6 != 5 and len(pair["before"]["lines"]) == 3
    ]
    given: list[Json] = answer.setdefault("given", [])
    some = [pair for pair in found if pair not in given][:number]
    given += some
    assert len(some) == number
    return some


def test_every_line_is_as_odoo_prices_it(jobs: Jobs, answer: Json) -> None:
    ids = [pair["id"] for pair in answer["pairs"]]
    job = jobs.job()
    result = update_orders(job, OrderParams(order_ids=ids))
    assert set(result["by_odoo"]["orders"].values()) == BY_ODOO
    assert 0 < result["by_odoo"]["count"] < PAIRS / 2
    assert result["skipped"]["count"] == 0
    verdict = jobs.commit(job, result=result)
    assert verdict.error == ""
    pairs = {pair["id"]: pair["expected"]["lines"] for pair in answer["pairs"]}
    found = {order: lines_of(jobs, order) for order in ids}
    both = [each for order in ids for each in zip(found[order], pairs[order], strict=True)]
    wrong = [(ours, theirs) for ours, theirs in both if ours != theirs]
    assert wrong == []
    before = {pair["id"]: pair["before"]["lines"] for pair in answer["pairs"]}
    assert sum(found[order] != before[order] for order in ids) > PAIRS / 3
    shown = [line for lines in pairs.values() for line in lines if line["discount"]]
    assert len(shown) > PAIRS / 3
    again = jobs.job()
    result = update_orders(again, OrderParams(order_ids=ids))
    assert (result["changed"], result["lines"]) == (0, 0)


def test_another_pricelist(jobs: Jobs, answer: Json) -> None:
    pairs = some_pairs(answer, 2)
    pricelist = answer["lists"][0]
    job = jobs.job()
    ids = [pair["id"] for pair in pairs]
    result = update_orders(job, OrderParams(order_ids=ids, pricelist_id=pricelist, note=False))
    assert result["changed"] == 2
    assert jobs.commit(job, result=result).error == ""
    for pair in pairs:
        jobs.call("sale.order", "write", [pair["twin"]], {"pricelist_id": pricelist})
        jobs.call("sale.order", "action_update_prices", [pair["twin"]])
    same_as_twins(jobs, pairs)


def test_what_changed_meanwhile_is_left_alone(jobs: Jobs, answer: Json) -> None:
    confirmed, edited, longer, deleted, untouched = [pair["id"] for pair in some_pairs(answer, 5)]
    ids = [confirmed, edited, longer, deleted, untouched]
    job = jobs.job()
    pricelist = jobs.call("product.pricelist", "create", [{"name": "New"}])[0]
    update_orders(job, OrderParams(order_ids=ids, pricelist_id=pricelist))
    jobs.call("sale.order", "action_confirm", [confirmed])
    line = jobs.find("sale.order.line", [["order_id", "=", edited], ["product_id", "!=", False]])[0]
    jobs.call("sale.order.line", "write", [line["id"]], {"price_unit": 4321.0})
    product = jobs.find("product.product", [["name", "=", "Order 1"]])[0]["id"]
    jobs.call("sale.order.line", "create", [{"order_id": longer, "product_id": product}])
    jobs.call("sale.order", "unlink", [deleted])
    before = {order: lines_of(jobs, order) for order in (confirmed, edited, longer)}
    assert jobs.commit(job).error == ""
    assert {order: lines_of(jobs, order) for order in before} == before
    rows = jobs.find("sale.order", [["id", "in", ids]], "name", "pricelist_id")
    moved = {row["id"] for row in rows if row["pricelist_id"][0] == pricelist}
    assert untouched in moved
    [row] = jobs.find("celery.job", [["uuid", "=", job.uuid]], "log")
    names = {row["id"]: row["name"] for row in rows}
    for order, why in {
        names[confirmed]: "confirmed or locked meanwhile",
        names[edited]: "changed since its prices were computed",
        names[longer]: "changed since its prices were computed",
        deleted: "gone, or somebody is changing it",
    }.items():
        assert f"{order}: {why}" in row["log"]
    assert names[untouched] not in row["log"]


def test_what_is_no_quotation_is_named(jobs: Jobs, answer: Json) -> None:
    [pair] = some_pairs(answer, 1)
    jobs.call("sale.order", "action_cancel", [pair["id"]])
    result = update_orders(jobs.job(), OrderParams(order_ids=[pair["id"], 10**6]))
    reasons = sorted(result["skipped"]["orders"].values())
    assert reasons == ["gone, or the user may not read it", "no longer a quotation"]
    found = update_orders(jobs.job(), OrderParams(domain=[["id", "=", pair["id"]]]))
    assert found["orders"] == 0


@pytest.mark.usefixtures("answer")
def test_a_job_for_each_part(jobs: Jobs) -> None:
    jobs.addon.register_tasks(
        [
            {
                "name": "pricing.update_orders",
                "queue": "pricing",
                "schema": OrderParams.model_json_schema(),
                "max_attempts": 8,
                "description": "",
            }
        ]
    )
    domain = [["order_line", "!=", False]]
    ids = jobs.call("celery.price", "update_orders", domain, size=40)
    rows = jobs.find("celery.job", [["id", "in", ids]], "params_text")
    parts = [json.loads(row["params_text"])["order_ids"] for row in rows]
    open_ = [["state", "in", ["draft", "sent"]], ["locked", "=", False], *domain]
    assert sum(map(len, parts)) == jobs.call("sale.order", "search_count", open_)
    assert max(map(len, parts)) == 40
    with pytest.raises(RecordMissing):  # at once, not in each job
        jobs.call("celery.price", "update_orders", domain, 10**6)
