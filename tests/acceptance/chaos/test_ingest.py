"""Webhooks come in while everything is killed in turn: each is in Odoo, once, as it was last."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from random import Random
from threading import Event

import orjson
import psycopg
import pytest
import urllib3

from odoo_bridge.errors import StoreUnavailable
from odoo_bridge.job import FINAL, Json
from tasks.webhooks.samples import BUYERS, event_id, shopify_order
from tests.acceptance.chaos.conftest import SECRET, Stage
from tests.acceptance.conftest import wait_until
from workers.demo import signed_headers

DELIVERIES = int(os.environ.get("FABRIC_CHAOS_DELIVERIES", "200"))
PATIENCE = 600.0
SENDERS = 4
UPDATED = 4
"""Every so many-th order is changed in the shop, which tells of it at once."""

Event_ = tuple[str, str, Json]
"""A topic, an event id and an order."""


def events(number: int) -> list[Event_]:
    """What the shop delivers of an order: some are changed, and each third comes twice."""
    created = shopify_order(number)
    found = [("orders/create", event_id(number), created)]
    if number % UPDATED == 0:
        updated = {**created, "updated_at": "2027-01-01T00:00:00Z", "note": f"changed {number}"}
        found.append(("orders/updated", f"{event_id(number)}-u", updated))
    return found * 2 if number % 3 == 0 else found


class Shop:
    """Posts until it is told that a delivery was taken, as a real sender does for days."""

    def __init__(self, stage: Stage) -> None:
        self.url = f"{stage.fabric.gateway}/hooks/shopify"
        self.http = urllib3.PoolManager(maxsize=SENDERS, retries=False, timeout=10.0)
        self.gone = Event()
        self.taken: set[str] = set()

    def post(self, event: Event_) -> None:
        topic, number, order = event
        body = orjson.dumps(order)
        headers = {**signed_headers(body, SECRET, number), "X-Shopify-Topic": topic}
        while not self.gone.is_set():
            with suppress(urllib3.exceptions.HTTPError):
                answer = self.http.request("POST", self.url, body=body, headers=headers)
                if answer.status in {200, 202}:
                    self.taken.add(answer.json()["id"])
                    return
                assert answer.status == 503, answer.data
            self.gone.wait(0.2)


class Burst:
    """Orders come in; meanwhile something is killed, and comes back."""

    def __init__(self, stage: Stage, shop: Shop) -> None:
        self.stage = stage
        self.shop = shop

    def strike(self, numbers: Sequence[int], name: str, kill: Callable[[], None]) -> None:
        deliveries = [event for number in numbers for event in events(number)]
        Random(numbers[0]).shuffle(deliveries)  # noqa: S311 - the same each time
        before = self.ended()
        with ThreadPoolExecutor(SENDERS) as threads:
            sent = [threads.submit(self.shop.post, each) for each in deliveries]
            try:
                # In the middle of it: some have ended, others come in or are being written.
                wait_until(lambda: self.ended() > before, PATIENCE)
                print(f"{name}: {self.ended()} ended, {len(self.shop.taken)} taken", flush=True)
                kill()
                wait_until(lambda: self.whole() and all(each.done() for each in sent), PATIENCE)
            finally:
                self.shop.gone.set()
        self.shop.gone.clear()
        for each in sent:
            each.result()

    def whole(self) -> bool:
        """Brings back what has ended, as the supervisor does."""
        self.stage.fabric.supervisor.watch()
        if self.stage.odoo.facts.process() is None:
            self.stage.odoo.start()
        return all(each.state == "running" for each in self.stage.fabric.supervisor.status())

    def states(self) -> list[str]:
        self.whole()
        try:
            return [row["state"] for row in self.stage.fabric.ledger.look(list(self.shop.taken))]
        except StoreUnavailable:
            return []

    def ended(self) -> int:
        return sum(state in FINAL for state in self.states())

    def all_ended(self) -> bool:
        return self.ended() == len(self.shop.taken)


def kills(stage: Stage) -> Iterator[tuple[str, Callable[[], None]]]:
    def program(name: str) -> None:
        found = next(each for each in stage.fabric.supervisor.status() if each.name == name)
        os.kill(found.pid, signal.SIGKILL)

    for name in ("gateway", "relay", "worker-one", "ledger"):
        yield name, partial(program, name)
    yield "Odoo", stage.odoo.kill


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("broker", ["redis"], indirect=True, scope="package")
def test_every_delivery_that_was_taken_is_in_odoo_once(stage: Stage) -> None:
    stage.fabric.call("celery.source", "create", [{"name": "shopify", "user_id": 2}])
    shop = Shop(stage)
    burst = Burst(stage, shop)
    everything = list(kills(stage))
    share = DELIVERIES // len(everything)
    began = time.monotonic()
    for number, (name, kill) in enumerate(everything):
        burst.strike(range(number * share, (number + 1) * share), name, kill)
    wait_until(burst.all_ended, PATIENCE)
    print(f"{len(shop.taken)} deliveries in {time.monotonic() - began:.0f} s")
    rows = stage.fabric.ledger.look(list(shop.taken))
    assert {(row["state"], row["error"]) for row in rows} == {("done", "")}
    numbers = range(share * len(everything))
    assert len(rows) == len({event[1] for number in numbers for event in events(number)})
    with psycopg.connect(stage.odoo.facts.database_dsn) as odoo:
        _check_orders(odoo, numbers)
        _check_customers(odoo)


def _check_orders(odoo: psycopg.Connection, numbers: Sequence[int]) -> None:
    rows = odoo.execute(
        "SELECT o.origin, o.client_order_ref, count(l.id) FILTER (WHERE l.display_type IS NULL),"
        " min(l.name) FILTER (WHERE l.display_type = 'line_note')"
        " FROM sale_order o JOIN sale_order_line l ON l.order_id = o.id"
        " WHERE o.origin LIKE 'shopify:%' GROUP BY o.id, 1, 2"
    ).fetchall()
    found = {origin: said for origin, *said in rows}
    assert len(rows) == len(found) == len(numbers), "an order is missing, or there twice"
    for number in numbers:
        order = shopify_order(number)
        ref, lines, note = found[f"shopify:{order['id']}"]
        assert ref == order["name"]
        # Discounts may split a line, so that it costs what it costs to the cent.
        assert lines >= len(order["line_items"]) + len(order["shipping_lines"])
        assert note == (f"changed {number}" if number % UPDATED == 0 else None), order["name"]


def _check_customers(odoo: psycopg.Connection) -> None:
    rows = odoo.execute(
        "SELECT email_normalized, count(*) FROM res_partner"
        " WHERE email_normalized LIKE 'shopper%@example.com' GROUP BY 1"
    ).fetchall()
    assert {count for _email, count in rows} == {1}, "a customer is there twice"
    assert len(rows) <= BUYERS
