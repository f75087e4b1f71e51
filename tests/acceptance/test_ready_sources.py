"""Each source that comes with the fabric, from a provider's sample to records in the real Odoo.

The signatures of the samples were made by openssl: `openssl dgst -sha256 -hmac a-known-secret`.
Who writes has the rights in Odoo that the source file asks for, and no more.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import urllib3

from odoo_bridge.job import Json
from tests.acceptance.conftest import KNOWN_SECRET, Fabric

SAMPLES = Path(__file__).parents[1] / "data/webhooks"
KNOWN = {
    "generic": "dfd0e9d683eba540a77316997acd1df9c13feb39c3ac54ec1382abc7dfc818e8",
    "github-issues": "c067de3edc3694c9632fe2008ea4aed39085e48b75c24ce980430fe63e80fc6a",
    "shopify-customers": "vFpufvgTVMxCmkk+8/kQNn6a3JOFsD8VvOj/P/VKRPw=",
    "shopify-inventory": "R2yFt8ft2wp0IdZS5TtcCYydlEaxk9kSMUZTDAPN6/Y=",
    "shopify-orders": "o24sArca1P1sGNR0rWXzVm10NwrgmtzaU2zBqHfjMss=",
    "woocommerce-orders": "s4sR/QShDsopIysW1E+v2G50pADb1jCK52IF+52sA54=",
}

SALESPERSON = ("sales_team.group_sale_salesman", "base.group_partner_manager")


def digest(body: bytes) -> bytes:
    return hmac.digest(KNOWN_SECRET.encode(), body, "sha256")


def shopify(topic: str) -> Callable[[bytes, str], dict[str, str]]:
    return lambda body, signature: {
        "X-Shopify-Topic": topic,
        "X-Shopify-Event-Id": uuid4().hex,
        "X-Shopify-Hmac-Sha256": signature or b64encode(digest(body)).decode(),
    }


def stripe(body: bytes, _signature: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {"Stripe-Signature": f"t={stamp},v1={digest(f'{stamp}.'.encode() + body).hex()}"}


HEADERS: dict[str, Callable[[bytes, str], dict[str, str]]] = {
    "generic": lambda body, signature: {"X-Signature": signature or digest(body).hex()},
    "github-issues": lambda body, signature: {
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": str(uuid4()),
        "X-Hub-Signature-256": "sha256=" + (signature or digest(body).hex()),
    },
    "shopify-customers": shopify("customers/update"),
    "shopify-inventory": shopify("inventory_levels/update"),
    "shopify-orders": shopify("orders/create"),
    "stripe-payments": stripe,
    "woocommerce-orders": lambda body, signature: {
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Delivery-ID": uuid4().hex,
        "X-WC-Webhook-Signature": signature or b64encode(digest(body)).decode(),
    },
}


def sample(name: str) -> tuple[bytes, Any]:
    body = (SAMPLES / f"{name}.json").read_bytes()
    return body, orjson.loads(body)


def post(running: Fabric, name: str, body: bytes, signature: str = "") -> str:
    """The uuid of a delivery that the gateway took in; the same request again is known."""
    headers = {"Content-Type": "application/json", **HEADERS[name](body, signature)}
    url = f"{running.gateway}/hooks/{name}"
    first, again = (urllib3.request("POST", url, body=body, headers=headers) for _ in range(2))
    assert (first.status, again.status) == (202, 200), first.data
    assert first.json()["id"] == again.json()["id"]
    return str(first.json()["id"])


def bring(running: Fabric, name: str, body: bytes, signature: str = "") -> None:
    """A delivery, and all that it becomes in Odoo."""
    (delivery,) = running.wait_for_deliveries([post(running, name, body, signature)])
    assert delivery["error"] == ""
    assert delivery["state"] == "done"


def changed(running: Fabric, name: str, payload: Json) -> None:
    bring(running, name, orjson.dumps(payload))


def record(running: Fabric, name: str, external: str) -> tuple[str, int]:
    """Model and id of what a source made."""
    module = "webhook_" + name.replace("-", "_")
    (row,) = running.call(
        "ir.model.data",
        "search_read",
        [["module", "=", module], ["name", "=", external]],
        ["model", "res_id"],
    )
    return row["model"], row["res_id"]


def read(running: Fabric, name: str, external: str, *fields: str) -> Json:
    model, found = record(running, name, external)
    (row,) = running.call(model, "read", [found], list(fields), load=False)
    return dict(row)


def given_source(running: Fabric, name: str, *groups: str) -> None:
    """The source in Odoo, with a user of its own who has these groups."""
    ids = [xml_id(running, each) for each in ("base.group_user", *groups)]
    login = f"{name}-{uuid4().hex[:6]}"
    (user,) = running.call(
        "res.users", "create", [{"name": login, "login": login, "group_ids": [[6, 0, ids]]}]
    )
    running.call("celery.source", "create", [{"name": name, "user_id": user}])


def xml_id(running: Fabric, name: str) -> int:
    module, _, own = name.partition(".")
    (row,) = running.call(
        "ir.model.data",
        "search_read",
        [["module", "=", module], ["name", "=", own]],
        ["res_id"],
    )
    return int(row["res_id"])


@pytest.fixture
def shipping(running: Fabric) -> None:
    """The product that the sources of orders ask for."""
    if not running.call("product.product", "search_count", [["default_code", "=", "SHIPPING"]]):
        values = {"name": "Shipping", "type": "service", "default_code": "SHIPPING"}
        running.call("product.product", "create", [values])


@pytest.mark.usefixtures("shipping")
def test_shopify_orders(running: Fabric) -> None:
    given_source(running, "shopify-orders", *SALESPERSON)
    body, payload = sample("shopify-orders")
    bring(running, "shopify-orders", body, KNOWN["shopify-orders"])
    external = f"order_{payload['id']}"
    order = read(
        running, "shopify-orders", external, "client_order_ref", "amount_total", "order_line"
    )
    assert order["client_order_ref"] == "#9999"
    assert order["amount_total"] == pytest.approx(float(payload["total_price"]))
    payload |= {"name": "#9999-B", "updated_at": "2022-01-02T19:00:00-05:00"}
    changed(running, "shopify-orders", payload)
    changed(running, "shopify-orders", {**payload, "updated_at": "2021-12-01T00:00:00Z"})
    after = read(running, "shopify-orders", external, "client_order_ref", "order_line")
    assert after["client_order_ref"] == "#9999-B"
    assert after["order_line"] == order["order_line"]


def test_shopify_customers(running: Fabric) -> None:
    given_source(running, "shopify-customers", "base.group_partner_manager")
    body, payload = sample("shopify-customers")
    bring(running, "shopify-customers", body, KNOWN["shopify-customers"])
    external = f"customer_{payload['id']}"
    fields = ("name", "email", "phone", "city", "country_id", "state_id", "customer_rank")
    customer = read(running, "shopify-customers", external, *fields)
    assert (customer["name"], customer["email"]) == ("Bob Biller", "bob@biller.com")
    assert (customer["city"], customer["phone"]) == ("Ottawa", "555-555-5555")
    assert customer["country_id"] == xml_id(running, "base.ca")
    assert customer["state_id"] == xml_id(running, "base.state_ca_on")
    assert customer["customer_rank"] == 1
    payload |= {"last_name": "Miller", "updated_at": "2022-01-02T19:00:00-05:00"}
    changed(running, "shopify-customers", payload)
    older = {**payload, "last_name": "Older", "updated_at": "2021-01-02T19:00:00-05:00"}
    changed(running, "shopify-customers", older)
    assert read(running, "shopify-customers", external, "name")["name"] == "Bob Miller"


def test_shopify_inventory(running: Fabric) -> None:
    given_source(running, "shopify-inventory", "stock.group_stock_manager")
    body, payload = sample("shopify-inventory")
    (model,) = running.call("ir.model", "search", [["model", "=", "product.product"]])
    field = {"name": "x_shopify_inventory_item", "field_description": "Shopify's Item"}
    running.call(
        "ir.model.fields", "create", [{**field, "model_id": model, "ttype": "char", "index": True}]
    )
    item = str(payload["inventory_item_id"])
    (product,) = running.call(
        "product.product",
        "create",
        [{"name": "Counted", "is_storable": True, "x_shopify_inventory_item": item}],
    )
    (warehouse,) = running.call("stock.warehouse", "search", [], limit=1)
    (place,) = running.call("stock.warehouse", "read", [warehouse], ["lot_stock_id"], load=False)
    location = place["lot_stock_id"]
    running.call("stock.location", "write", [location], {"barcode": str(payload["location_id"])})

    def on_hand() -> float:
        (row,) = running.call("product.product", "read", [product], ["qty_available"])
        return float(row["qty_available"])

    bring(running, "shopify-inventory", body, KNOWN["shopify-inventory"])
    external = f"level_{item}_{payload['location_id']}"
    quant = read(running, "shopify-inventory", external, "product_id", "location_id", "quantity")
    assert (quant["product_id"], quant["location_id"]) == (product, location)
    assert (quant["quantity"], on_hand()) == (7.0, 7.0)
    changed(
        running,
        "shopify-inventory",
        {**payload, "available": 4, "updated_at": "2022-01-02T19:00:00-05:00"},
    )
    assert on_hand() == 4.0
    changed(running, "shopify-inventory", {**payload, "available": 99})
    assert on_hand() == 4.0
    changed(
        running,
        "shopify-inventory",
        {**payload, "available": 0, "updated_at": "2022-01-03T19:00:00-05:00"},
    )
    assert on_hand() == 0.0
    # Odoo deletes what is empty, and the level comes again.
    running.call("stock.quant", "action_view_inventory")
    changed(
        running,
        "shopify-inventory",
        {**payload, "available": 5, "updated_at": "2022-01-04T19:00:00-05:00"},
    )
    assert on_hand() == 5.0


@pytest.mark.usefixtures("shipping")
def test_woocommerce_orders(running: Fabric) -> None:
    given_source(running, "woocommerce-orders", *SALESPERSON)
    body, payload = sample("woocommerce-orders")
    bring(running, "woocommerce-orders", body, KNOWN["woocommerce-orders"])
    fields = ("client_order_ref", "amount_untaxed", "date_order", "partner_id", "order_line")
    order = read(running, "woocommerce-orders", "order_727", *fields)
    assert (order["client_order_ref"], order["amount_untaxed"]) == ("#727", 28.0)
    assert order["date_order"] == "2017-03-22 19:28:02"
    (customer,) = running.call("res.partner", "read", [order["partner_id"]], ["name", "email"])
    assert (customer["name"], customer["email"]) == ("John Doe", "john.doe@example.com")
    payload["date_modified_gmt"] = "2017-03-23T19:28:08"
    payload["line_items"][0]["quantity"] = 3
    del payload["line_items"][1]
    changed(running, "woocommerce-orders", payload)
    after = read(running, "woocommerce-orders", "order_727", "amount_untaxed", "order_line")
    assert after["amount_untaxed"] == 19.0
    assert len(after["order_line"]) == 2
    payload["date_modified_gmt"] = "2017-03-21T00:00:00"
    payload["line_items"][0]["quantity"] = 30
    changed(running, "woocommerce-orders", payload)
    assert (
        read(running, "woocommerce-orders", "order_727", "amount_untaxed")["amount_untaxed"] == 19.0
    )


def test_stripe_payments(running: Fabric) -> None:
    given_source(running, "stripe-payments", "account.group_account_invoice")
    (payer,) = running.call(
        "res.partner", "create", [{"name": "Jenny Rosen", "email": "jenny.rosen@example.com"}]
    )
    body, payload = sample("stripe-payments")
    bring(running, "stripe-payments", body)
    intent = payload["data"]["object"]["id"]
    fields = ("amount", "currency_id", "date", "partner_id", "payment_type", "state", "memo")
    payment = read(running, "stripe-payments", f"payment_{intent}", *fields)
    assert (payment["amount"], payment["payment_type"]) == (20.0, "inbound")
    assert (payment["date"], payment["memo"], payment["state"]) == ("2023-06-06", intent, "draft")
    assert payment["partner_id"] == payer
    assert payment["currency_id"] == xml_id(running, "base.USD")
    # Another kind of event is stored, and nothing becomes of it.
    other = {**payload, "id": "evt_other", "type": "payment_intent.created"}
    uuid = post(running, "stripe-payments", orjson.dumps(other))
    (delivery,) = running.wait_for_deliveries([uuid])
    assert delivery["state"] == "cancelled"


def test_github_issues(running: Fabric) -> None:
    install(running, "project")
    given_source(running, "github-issues", "project.group_project_user")
    body, payload = sample("github-issues")
    (project,) = running.call(
        "project.project", "create", [{"name": payload["repository"]["full_name"]}]
    )
    bring(running, "github-issues", body, KNOWN["github-issues"])
    external = f"issue_{payload['issue']['id']}"
    fields = ("name", "description", "project_id", "state")
    issue = read(running, "github-issues", external, *fields)
    assert issue["name"] == "#1 Spelling error in the README file"
    assert "two 't's" in issue["description"]
    assert (issue["project_id"], issue["state"]) == (project, "01_in_progress")
    payload["action"] = "closed"
    payload["issue"] |= {"state": "closed", "updated_at": "2019-05-16T15:20:18Z", "title": "Mended"}
    changed(running, "github-issues", payload)
    issue = read(running, "github-issues", external, *fields)
    assert (issue["name"], issue["state"]) == ("#1 Mended", "1_done")


def test_any_other_sender(running: Fabric) -> None:
    given_source(running, "generic", "base.group_partner_manager")
    body, payload = sample("generic")
    bring(running, "generic", body, KNOWN["generic"])
    contact = read(running, "generic", "contact_17", "name", "email", "country_id")
    assert (contact["name"], contact["email"]) == ("Ada Lovelace", "ada@example.com")
    assert contact["country_id"] == xml_id(running, "base.uk")
    payload |= {"event_id": "e-2", "updated_at": "2026-01-06T09:30:00Z", "name": "Ada King"}
    changed(running, "generic", payload)
    payload |= {"event_id": "e-3", "updated_at": "2026-01-04T09:30:00Z", "name": "Older"}
    changed(running, "generic", payload)
    assert read(running, "generic", "contact_17", "name")["name"] == "Ada King"


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_body_that_was_changed_is_refused(running: Fabric, name: str) -> None:
    body, _payload = sample(name)
    headers = HEADERS[name](body, KNOWN[name])
    url = f"{running.gateway}/hooks/{name}"
    answer = urllib3.request("POST", url, body=body + b" ", headers=headers)
    assert answer.status == 401


def install(running: Fabric, module: str) -> None:
    (found,) = running.call("ir.module.module", "search_read", [["name", "=", module]], ["state"])
    if found["state"] != "installed":
        running.call("ir.module.module", "button_immediate_install", [found["id"]])
