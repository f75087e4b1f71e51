"""Shopify orders as quotations: what is collected for Odoo, and what each refusal names."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.ledger import Delivery
from tasks.job import Job
from tasks.registry import find
from tasks.webhooks.ingest import _ids
from tasks.webhooks.samples import event_id, shopify_order
from tests.unit.odoo_env import Env, demo_env

SAMPLE: Json = json.loads(
    (Path(__file__).parents[1] / "data" / "shopify" / "order_create.json").read_text()
)
ORIGIN = "shopify:820982911946154508"
KEY = "webhook_shopify.order_820982911946154508"
BUYER = "jon@example.com"
SHIPPING = {"id": 90, "default_code": "SHIPPING"}


def job_of(payload: Any, env: Env, topic: str = "orders/create") -> Job:
    params = {"source": "shopify", "event_id": "orders/create:e-1"}
    envelope = Envelope("u-1", 1, "webhooks.ingest", "webhooks", Origin.LEDGER, params)
    delivery = Delivery(
        "u-1",
        "shopify",
        "orders/create:e-1",
        json.dumps(payload).encode(),
        "c-1",
        datetime.now(UTC),
        {"x-shopify-topic": topic},
    )
    return Job(envelope, env, load_delivery=lambda: delivery)


def ingest(payload: Any, env: Env, topic: str = "orders/create") -> tuple[Json, list[Json]]:
    """The result, and the operations on the wire."""
    job = job_of(payload, env, topic)
    task = find("webhooks.ingest")
    result = task.run_one(job, task.check(job.envelope.params))
    return result, [operation.to_wire() for operation in job.operations]


def lines_of(order: Json) -> list[Json]:
    return [line["values"] for line in order["lines"]["order_line"]]


@pytest.fixture(autouse=True)
def nothing_is_known() -> None:
    _ids.clear()


@pytest.fixture
def env() -> Env:
    env = demo_env()
    env.models["product.product"].append(SHIPPING)
    return env


@pytest.fixture
def payload() -> Json:
    return deepcopy(SAMPLE)


def test_a_new_customer_an_address_and_the_order_are_made_together(env: Env, payload: Json) -> None:
    result, (partner, address, order) = ingest(payload, env)
    assert result == {"model": "sale.order", "external_id": KEY}
    assert (partner["kind"], partner["model"]) == ("upsert", "res.partner")
    assert (partner["update"], partner["match"]) == (False, [{"email_normalized": BUYER}])
    assert partner["values"] == {
        "name": "John Smith",
        "email": BUYER,
        "phone": "555-555-SHIP",
        "company_name": "Shipping Company",
        "ref": False,
        "street": "123 Shipping Street",
        "street2": False,
        "city": "Shippington",
        "zip": "40003",
        "country_id": 233,
        "state_id": 25,
    }
    (match,) = address["match"]
    assert match == {
        "parent_id": {"$ref": 0},
        "type": "delivery",
        "name": "Jane Smith",
        "street": "5 Other Street",
        "zip": "40003",
    }
    assert match.items() <= address["values"].items()
    assert (order["model"], order["key"]) == ("sale.order", KEY)
    values = order["values"]
    assert values["partner_id"] == values["partner_invoice_id"] == {"$ref": 0}
    assert values["partner_shipping_id"] == {"$ref": 1}


def test_the_order_says_what_the_shop_agreed(env: Env, payload: Json) -> None:
    _, (*_, order) = ingest(payload, env)
    values = order["values"]
    assert (values["client_order_ref"], values["origin"]) == ("#9999", ORIGIN)
    assert values["date_order"] == "2022-01-01 00:00:00"  # 19:00 in New York
    assert values["pricelist_id"] is False
    chairs, lamps, shipping, note = lines_of(order)
    assert chairs == {
        "product_id": 105,
        "name": "Office Chair",
        "product_uom_qty": 3,
        "price_unit": 70.0,
        "discount": 4.76,
        "tax_ids": [[6, 0, [1]]],
    }
    assert (lamps["product_uom_qty"], lamps["price_unit"], lamps["discount"]) == (2, 40.0, 10.0)
    assert (shipping["product_id"], shipping["price_unit"]) == (90, 10.0)
    assert shipping["tax_ids"] == [[6, 0, []]]
    assert note == {"display_type": "line_note", "name": "Please ring <twice>"}


def test_a_line_is_known_again(env: Env, payload: Json) -> None:
    _, (*_, order) = ingest(payload, env)
    keys = [line["key"] for line in order["lines"]["order_line"]]
    assert keys[0] == "webhook_shopify.line_820982911946154508_866550311766439020_0"
    payload["line_items"].reverse()
    _, (*_, order) = ingest(payload, env)
    again = [line["key"] for line in order["lines"]["order_line"]]
    assert again == [keys[1], keys[0], *keys[2:]]


def test_a_later_update_is_a_later_version(env: Env, payload: Json) -> None:
    _, (*_, created) = ingest(payload, env)
    payload["updated_at"] = "2022-01-01T01:00:00+01:00"  # the same moment
    _, (*_, same) = ingest(payload, env, topic="orders/updated")
    payload["updated_at"] = "2021-12-31T19:00:01-05:00"
    _, (*_, updated) = ingest(payload, env, topic="orders/updated")
    assert created["version"] == same["version"] == updated["version"] - 1
    assert created["key"] == updated["key"]


def test_everything_crosses_the_wire_as_json(env: Env, payload: Json) -> None:
    _, operations = ingest(payload, env)
    assert json.loads(json.dumps(operations)) == operations


def test_an_order_of_an_earlier_release_is_found_by_its_origin(env: Env, payload: Json) -> None:
    _, (*_, order) = ingest(payload, env)
    assert order["match"] == [{"origin": ORIGIN}]


def test_a_foreign_currency_takes_a_pricelist_of_it(env: Env, payload: Json) -> None:
    payload["currency"] = "EUR"
    with pytest.raises(InvalidDelivery, match="no pricelist in EUR"):
        ingest(payload, env)
    euros = {"currency_id.name": "EUR", "currency_id": [2, "EUR"], "company_id": 1}
    env.models["product.pricelist"] = [{"id": 3, **euros}]
    _, (*_, order) = ingest(payload, env)
    assert order["values"]["pricelist_id"] == 3


def test_a_shipping_method_whose_code_is_a_sku_has_its_own_product(payload: Json) -> None:
    payload["shipping_lines"][0]["code"] = "Delivery_010"
    _, (*_, order) = ingest(payload, demo_env())
    assert lines_of(order)[2]["product_id"] == 110


def test_a_customer_without_an_email_is_found_again_by_a_reference(env: Env, payload: Json) -> None:
    payload["email"] = payload["customer"]["email"] = None
    _, (partner, *_) = ingest(payload, env)
    assert partner["values"]["ref"] == "shopify:115310627314723954"
    assert partner["match"] == [{"ref": "shopify:115310627314723954"}]


def put(payload: Json, path: str, value: Any) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    at: Any = payload
    for step in way:
        at = at[step]
    at[last] = value


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("line_items.1.sku", "NO-SUCH", "NO-SUCH"),
        ("line_items.1.sku", None, "Office Lamp"),
        ("line_items.1.quantity", "many", "line_items.1.quantity"),
        ("line_items.0.tax_lines.0.rate", 0.17, "17 %"),
        ("line_items", [], "no lines"),
        ("line_items", None, "line_items"),
        ("created_at", "yesterday", "created_at"),
        ("id", "x", "id"),
        ("taxes_included", True, "included in"),
        ("shipping_address.country_code", "XX", "XX"),
    ],
)
def test_what_cannot_be_understood_is_named(
    env: Env, payload: Json, path: str, value: Any, named: str
) -> None:
    put(payload, path, value)
    with pytest.raises(InvalidDelivery, match=named):
        ingest(payload, env)


def test_shipping_without_a_product_says_what_to_make(payload: Json) -> None:
    with pytest.raises(InvalidDelivery, match=r"order_line\[2\].product_id.*'SHIPPING'"):
        ingest(payload, demo_env())


def test_a_sku_on_two_products_is_not_guessed(env: Env, payload: Json) -> None:
    env.models["product.product"].append({"id": 1, "default_code": "FURN_7777"})
    with pytest.raises(InvalidDelivery, match=r"2 records: .*FURN_7777"):
        ingest(payload, env)


def test_a_buyer_nobody_can_tell_is_refused(env: Env, payload: Json) -> None:
    payload["email"] = payload["customer"] = None
    with pytest.raises(InvalidDelivery, match="neither"):
        ingest(payload, env)


@pytest.mark.parametrize("body", [[], "text", None, {"id": 1}])
def test_another_body_is_not_an_order(env: Env, body: Any) -> None:
    with pytest.raises(InvalidDelivery, match="not a Shopify order"):
        ingest(body, env)


def test_another_topic_is_refused(env: Env, payload: Json) -> None:
    with pytest.raises(InvalidDelivery, match="orders/paid"):
        ingest(payload, env, topic="orders/paid")


def test_fifty_samples_are_fifty_orders_and_the_same_every_time() -> None:
    orders = [shopify_order(number) for number in range(50)]
    assert orders == [shopify_order(number) for number in range(50)]
    assert len({order["id"] for order in orders}) == 50
    assert len({event_id(number) for number in range(50)}) == 50


@pytest.mark.parametrize("number", range(50))
def test_every_sample_becomes_an_order_of_its_total_before_tax(number: int) -> None:
    payload = shopify_order(number)
    _, (*_, order) = ingest(payload, demo_env())
    lines = lines_of(order)
    untaxed = sum(
        round(line["product_uom_qty"] * line["price_unit"] * (1 - line["discount"] / 100), 2)
        for line in lines
    )
    expected = float(payload["total_price"]) - float(payload["total_tax"])
    assert untaxed == pytest.approx(expected, abs=0.001)
