"""Deliveries in batches: one call a kind of look-up, and a bad one fails alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from odoo_bridge.errors import OdooUnavailable
from odoo_bridge.job import Envelope, Json, Origin, State
from odoo_bridge.ledger import Delivery
from odoo_bridge.sources import SourceFile
from tasks.base import Runtime
from tasks.batch import attempt_batch, perform_batch
from tasks.webhooks import ingest  # noqa: F401 - registers the task
from tasks.webhooks.declared import declare
from tasks.webhooks.ingest import _ids
from tasks.webhooks.samples import shopify_order
from tests.unit.odoo_env import Env, demo_env
from tests.unit.test_attempt import Keeper, runtime
from tests.unit.test_webhooks_mapping import Counting


@pytest.fixture(autouse=True)
def crm() -> Iterator[None]:
    _ids.clear()
    target = {"use": "generic", "fields": {"ref": {"path": "ref", "required": True}}}
    source = {"name": "crm", "scheme": "hmac"}
    declare({"crm": SourceFile.model_validate({"source": source, "target": target})})
    yield
    declare({})


def running(bodies: dict[str, Any], odoo: Any, keeper: Keeper | None = None) -> Runtime:
    """A worker whose ledger holds these bodies by uuid, which begins with the source."""

    def delivery(uuid: str) -> Delivery:
        headers = {"x-shopify-topic": "orders/create"}
        body = orjson.dumps(bodies[uuid])
        return Delivery(uuid, uuid.partition("/")[0], uuid, body, "", datetime.now(UTC), headers)

    return replace(runtime(keeper), environment=lambda _envelope: odoo, delivery=delivery)


def envelopes(bodies: dict[str, Any]) -> list[Envelope]:
    return [
        Envelope(
            uuid, 1, "webhooks.ingest", "webhooks", Origin.LEDGER,
            {"source": uuid.partition("/")[0], "event_id": uuid}, max_attempts=8,
        )
        for uuid in bodies
    ]  # fmt: skip


def contact(number: int, **values: Any) -> Json:
    return {"id": number, "name": f"N{number}", "ref": "r", "country": "us", **values}


def test_a_bad_delivery_is_a_dead_letter_that_names_field_and_reason() -> None:
    bodies = {
        "crm/1": contact(1),
        "crm/2": contact(2, ref=None),
        "crm/3": contact(3, country="xx"),
        "crm/4": [],
        "crm/5": contact(5),
        "nobody/6": contact(6),
    }
    keeper, odoo = Keeper(), Counting(demo_env())
    perform_batch(envelopes(bodies), running(bodies, odoo, keeper))
    ended = {each.envelope.uuid: each for each in keeper.outcomes}
    done = {uuid for uuid, each in ended.items() if each.state is State.DONE}
    assert done == {"crm/1", "crm/5"}
    assert "ref: is required, and the expression 'ref' finds nothing" in ended["crm/2"].error
    assert "country_id: Odoo has no res.country whose code is 'XX'" in ended["crm/3"].error
    assert "name: is required" in ended["crm/4"].error
    assert "the source 'nobody'" in ended["nobody/6"].error
    assert {each.state for uuid, each in ended.items() if uuid not in done} == {State.DEAD}
    assert odoo.asked == ["res.country"]
    assert not ended["crm/3"].operations


def test_fifty_orders_ask_once_a_kind() -> None:
    bodies = {f"shopify/{n}": shopify_order(n) for n in range(50)}
    odoo, keeper = Counting(states()), Keeper()
    perform_batch(envelopes(bodies), running(bodies, odoo, keeper))
    assert {each.state for each in keeper.outcomes} == {State.DONE}
    assert sorted(odoo.asked) == [
        "account.tax",
        "product.product",
        "res.company",
        "res.country",
        "res.country.state",
        "sale.order",  # whose company it is
    ]
    assert [each.operations[-1].args["model"] for each in keeper.outcomes] == ["sale.order"] * 50


def states() -> Env:
    env = demo_env()
    codes = ("KY", "OH", "OR", "TX")
    env.models["res.country.state"] = [
        {"id": 20 + n, "code": code, "country_id": 233} for n, code in enumerate(codes)
    ]
    return env


def test_the_order_of_deliveries_is_kept() -> None:
    bodies = {"crm/2": contact(7, updated_at=2), "crm/1": contact(7, updated_at=1)}
    keeper = Keeper()
    perform_batch(envelopes(bodies), running(bodies, demo_env(), keeper))
    operations = [each.operations[-1].args for each in keeper.outcomes]
    assert [each["version"] for each in operations] == [2.0, 1.0]
    assert {each["key"] for each in operations} == {"webhook_crm.contact_7"}


def test_an_odoo_that_is_away_is_asked_once_and_costs_no_attempt() -> None:
    asked = []

    class Away:
        def __getitem__(self, model: str) -> Any:
            asked.append(model)
            raise OdooUnavailable("away")

    bodies = {f"crm/{n}": contact(n) for n in range(5)}
    outcomes = attempt_batch(envelopes(bodies), running(bodies, Away()))
    assert {(each.state, each.counts) for each in outcomes} == {(State.SCHEDULED, False)}
    assert len(outcomes) == 5
    assert asked == ["res.country"]
