"""Deliveries in Odoo's web client, which the real gateway tells of."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import orjson
import pytest
import urllib3
from playwright.sync_api import Locator, expect

from odoo_bridge.job import Json
from tasks.webhooks.samples import shopify_order
from tests.acceptance.browser.conftest import Person
from tests.acceptance.conftest import ADMIN_KEY, SECRET, Fabric
from workers.demo import signed_headers

PARAMETERS = ("celery_bridge.gateway_url", "celery_bridge.gateway_key")


@pytest.fixture
def connected(running: Fabric) -> Iterator[Fabric]:
    """Odoo knows the gateway's address and its key."""
    for name, value in zip(PARAMETERS, (running.gateway, ADMIN_KEY), strict=True):
        running.call("ir.config_parameter", "set_param", name, value)
    yield running
    for name in PARAMETERS:
        running.call("ir.config_parameter", "set_param", name, False)


def bring(running: Fabric, number: int, sku: str = "") -> Json:
    """A delivery that has ended; dead, when it names a product that Odoo lacks."""
    order = shopify_order(number)
    if sku:
        order["line_items"][0]["sku"] = sku
    body = orjson.dumps(order)
    headers = signed_headers(body, SECRET, uuid4().hex)
    answer = urllib3.request("POST", f"{running.gateway}/hooks/shopify", body=body, headers=headers)
    assert answer.status == 202
    (delivery,) = running.wait_for_deliveries([answer.json()["id"]])
    return delivery


def row(person: Person, text: str) -> Locator:
    return person.page.locator(".o_data_row", has_text=text)


def open_deliveries(person: Person, grep: str = "") -> None:
    person.page.goto(f"{person.running.odoo.url}/odoo/celery-deliveries")
    expect(person.page.locator(".o_form_view [name=line_ids]")).to_be_visible()
    if grep:
        person.page.locator("[name=grep] input").fill(grep)
        # Until the answer is shown the rows are those of before, whose buttons go with them.
        with person.page.expect_response("**/celery.delivery.search/web_read"):
            person.button("Search").click()


def test_a_dead_delivery_is_looked_at_mended_and_replayed(admin: Person, connected: Fabric) -> None:
    sku = f"LATER-{uuid4().hex[:6]}"
    assert bring(connected, 7301, sku)["state"] == "dead"
    open_deliveries(admin, sku)
    expect(row(admin, sku)).to_have_count(1)
    expect(row(admin, sku).locator("td[name=state]")).to_have_text("Dead")
    row(admin, sku).get_by_role("button", name="Show").click()
    dialog = admin.page.locator(".modal")
    expect(dialog.locator("[name=result]")).to_contain_text("product_id")
    expect(dialog.locator(".o_field_widget[name=body]")).to_contain_text(f'"sku":"{sku}"')
    dialog.locator(".nav-link[name=headers]").click()
    expect(dialog.locator(".o_field_widget[name=headers]")).to_contain_text(
        "x-shopify-topic: orders/create"
    )

    connected.call("product.product", "create", [{"name": "Later", "default_code": sku}])
    dialog.get_by_role("button", name="Replay", exact=True).click()
    expect(admin.page.locator(".o_notification")).to_contain_text("done anew: 1")
    expect(dialog).to_have_count(0)
    (uuid,) = [delivery["uuid"] for delivery in found(connected, sku)]
    (ended,) = connected.wait_for_deliveries([uuid])
    assert (ended["state"], ended["error"]) == ("done", "")
    admin.button("Search").click()
    expect(row(admin, "shopify").locator("td[name=state]")).to_have_text("Done")


def test_a_dead_delivery_is_discarded(admin: Person, connected: Fabric) -> None:
    sku = f"NEVER-{uuid4().hex[:6]}"
    bring(connected, 7302, sku)
    open_deliveries(admin, sku)
    row(admin, sku).get_by_role("button", name="Discard").click()
    expect(row(admin, "shopify").locator("td[name=state]")).to_have_text("Cancelled")
    (delivery,) = found(connected, sku)
    assert (delivery["state"], "Mitchell Admin" in delivery["error"]) == ("cancelled", True)


def test_a_gateway_that_cannot_be_asked(admin: Person, connected: Fabric) -> None:
    open_deliveries(admin)
    url, key = PARAMETERS
    for name, value, said in (
        (key, "a-wrong-key-of-the-gateway", "refuses Odoo's key"),
        (url, "http://127.0.0.1:1", "does not answer"),
    ):
        connected.call("ir.config_parameter", "set_param", name, value)
        admin.button("Search").click()
        expect(admin.page.locator(".o_celery_gateway_problem")).to_contain_text(said)


def found(running: Fabric, grep: str) -> list[Json]:
    """As the gateway tells it to who has the key."""
    answer = urllib3.request(
        "POST",
        f"{running.gateway}/admin/deliveries/list",
        json={"grep": grep},
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )
    deliveries: list[Json] = answer.json()["deliveries"]
    return deliveries
