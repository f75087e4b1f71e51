"""The headline jobs, through Odoo's own API and through the gateway."""

from __future__ import annotations

import io
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import orjson
import pytest
import urllib3

from odoo_bridge.job import Json
from tasks.webhooks.samples import event_id, shopify_order
from tests.acceptance.conftest import SECRET, Fabric
from workers.demo import signed_headers


def post(
    running: Fabric, order: Json, event: str, secret: str = SECRET
) -> urllib3.BaseHTTPResponse:
    body = orjson.dumps(order)
    return urllib3.request(
        "POST",
        f"{running.gateway}/hooks/shopify",
        body=body,
        headers=signed_headers(body, secret, event),
    )


def test_prices_are_odoos_own(running: Fabric) -> None:
    rules = [
        {"compute_price": "percentage", "percent_price": 10},
        {"compute_price": "formula", "price_discount": 20, "min_quantity": 10},
    ]
    values = {"name": "Acceptance", "item_ids": [[0, 0, rule] for rule in rules]}
    (pricelist,) = running.call("product.pricelist", "create", [values])
    job = running.enqueue("pricing.recalculate", {"pricelist_id": pricelist, "sample": 1000})
    ended = running.wait_for_job(job)
    assert (ended["state"], ended["error"]) == ("done", False)
    assert ended["result"]["mismatches"] == []
    assert ended["result"]["compared"] == ended["result"]["prices"] > 50
    stored = running.call("celery.price", "search_count", [["pricelist_id", "=", pricelist]])
    assert stored == ended["result"]["prices"]


def test_the_sales_report_is_a_file_on_the_job(running: Fabric) -> None:
    ended = running.wait_for_job(running.enqueue("reports.sales", {}))
    assert (ended["state"], ended["error"]) == ("done", False)
    (attachment,) = running.call(
        "ir.attachment", "read", ended["attachment_ids"], ["name", "datas"]
    )
    assert attachment["name"] == ended["result"]["file"]
    workbook = openpyxl.load_workbook(io.BytesIO(b64decode(attachment["datas"])))
    assert workbook.active is not None
    assert workbook.active.max_row > ended["result"]["rows"]


def test_an_order_posted_twice_is_one_order(running: Fabric) -> None:
    order = shopify_order(7001)
    first = post(running, order, event_id(7001))
    second = post(running, order, event_id(7001))
    assert (first.status, second.status) == (202, 200)
    assert first.json()["id"] == second.json()["id"]
    (delivery,) = running.wait_for_deliveries([first.json()["id"]])
    assert (delivery["state"], delivery["error"]) == ("done", "")
    (found,) = running.call(
        "sale.order", "search_read", [["client_order_ref", "=", order["name"]]], ["amount_total"]
    )
    assert found["amount_total"] == pytest.approx(float(order["total_price"]))


def test_an_order_posted_at_once_by_many_is_one_order(running: Fabric) -> None:
    order = shopify_order(7002)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: post(running, order, event_id(7002)), range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 39 + [202]
    (uuid,) = {answer.json()["id"] for answer in answers}
    (delivery,) = running.wait_for_deliveries([uuid])
    assert delivery["state"] == "done"
    domain = [["client_order_ref", "=", order["name"]]]
    assert running.call("sale.order", "search_count", domain) == 1


def test_a_forged_order_is_refused_and_nothing_is_stored(running: Fabric) -> None:
    order = shopify_order(7003)
    answer = post(running, order, event_id(7003), secret="not the shop's")
    assert answer.status == 401
    assert answer.json()["error"]["code"]
    domain = [["client_order_ref", "=", order["name"]]]
    assert running.call("sale.order", "search_count", domain) == 0
