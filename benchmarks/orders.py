"""Shopify's orders on their way into Odoo: through the fabric, straight, and by bare calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import psycopg
import urllib3
from psycopg.rows import dict_row
from psycopg.sql import SQL

from benchmarks.fabric import fabric
from benchmarks.in_flight import administrator
from benchmarks.stage import Stage
from benchmarks.waiting import until
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Json
from odoo_bridge.ledger.ids import uuid7
from odoo_bridge.ledger.queries import query
from odoo_bridge.rpc import Client
from tasks.webhooks.samples import BUYERS, event_id, shopify_order

SOURCE = "shopify"
PATIENCE = 1800.0
CLIENTS = 16
_numbers = count(int(time.time()) * 1000)
"""No order comes twice, in no run."""


def new_orders(orders: int) -> list[int]:
    """Numbers of orders that nobody has seen yet."""
    return [next(_numbers) for _ in range(orders)]


@dataclass
class Orders:
    """The ways in. The fabric is up for all of them, and idle for two."""

    stage: Stage
    ledger: psycopg.Connection[Json]
    admin: Client
    buyers: dict[int, Json] = field(default_factory=dict)
    """Of each sample buyer, what an order of theirs says of customer and address."""

    def store(self, numbers: Sequence[int]) -> float:
        """Deliveries into the ledger, as the gateway stores them; when that was committed."""
        orders = {number: orjson.dumps(shopify_order(number)) for number in numbers}
        headers = orjson.dumps({"x-shopify-topic": "orders/create"}).decode()
        columns = {
            "uuids": [UUID(uuid7()) for _ in numbers],
            "sources": [SOURCE] * len(numbers),
            "event_ids": [f"orders/create:{event_id(number)}" for number in numbers],
            "bodies": list(orders.values()),
            "headers": [headers] * len(numbers),
            "correlation_ids": [""] * len(numbers),
            "received_ats": [datetime.now(UTC)] * len(numbers),
            "ordering_keys": [str(shopify_order(number)["id"]) for number in numbers],
            "wanted": [True] * len(numbers),
            "sealed": False,
        }
        with self.ledger.transaction():
            self.ledger.execute(query("insert_deliveries"), columns)
        return time.monotonic()

    def drain(self, orders: int) -> float:
        """Orders a second, from the commit in the ledger until all are in Odoo, once each."""
        numbers = new_orders(orders)
        began = self.store(numbers)
        self.wait()
        seconds = time.monotonic() - began
        self.check(numbers)
        return orders / seconds

    def open(self) -> int:
        """Deliveries that have not ended."""
        row = self.ledger.execute(SQL(_OPEN)).fetchone()
        return int(row["open"]) if row else 0

    def wait(self) -> None:
        until(lambda: not self.open(), PATIENCE, "all deliveries have ended")

    def check(self, numbers: Sequence[int]) -> None:
        """Raises ``FabricError`` unless each order is in Odoo, once."""
        origins = [f"{SOURCE}:{shopify_order(number)['id']}" for number in numbers]
        found = self._call("sale.order", "search_count", [["origin", "in", origins]])
        if found != len(numbers):
            row = self.ledger.execute(SQL(_ERROR)).fetchone()
            raise FabricError(f"{found} orders of {len(numbers)} are in Odoo: {row}")

    def bare(self, orders: int, size: int, context: Json) -> float:
        """The same orders by a loop of ``create``, ``size`` a call, with all ids known."""
        values = [self._values(number) for number in new_orders(orders)]
        began = time.monotonic()
        for first in range(0, orders, size):
            self._call("sale.order", "create", values[first : first + size], context=context)
        return orders / (time.monotonic() - began)

    def posted(self, orders: int, clients: int) -> float:
        """The same orders, each posted to a controller in Odoo that creates it."""
        began = time.monotonic()
        self.post(new_orders(orders), clients)
        return orders / (time.monotonic() - began)

    def post(
        self, numbers: Sequence[int], clients: int, stop: threading.Event | None = None
    ) -> None:
        """Post to the controller, with ``clients`` at once, until all are there or ``stop``."""
        http = urllib3.PoolManager(maxsize=clients, retries=False, timeout=60.0)

        def post(number: int) -> None:
            if stop is None or not stop.is_set():
                url = f"{self.stage.odoo.url}/benchmark/orders"
                answer = http.request("POST", url, body=orjson.dumps(shopify_order(number)))
                if answer.status != 200:
                    raise FabricError(f"HTTP {answer.status}: {answer.data[:300]!r}")

        with ThreadPoolExecutor(clients) as threads:
            list(threads.map(post, numbers))

    def learn(self) -> None:
        """Make every buyer known to Odoo, and all that is needed for bare calls known here."""
        first = next(_numbers)
        numbers = [first + n for n in range(BUYERS)]
        for _ in numbers:
            next(_numbers)
        self.store(numbers)
        self.wait()
        self.check(numbers)
        for number in numbers:
            self.buyers[number % BUYERS] = self._learned(number)

    def _learned(self, number: int) -> Json:
        origin = f"{SOURCE}:{shopify_order(number)['id']}"
        fields = ["partner_id", "partner_invoice_id", "partner_shipping_id"]
        (row,) = self._call("sale.order", "search_read", [["origin", "=", origin]], fields)
        return {name: row[name][0] for name in fields}

    def _values(self, number: int) -> Json:
        order = shopify_order(number)
        return {
            **self.buyers[number % BUYERS],
            "client_order_ref": order["name"],
            "origin": f"bare:{order['id']}",
            "date_order": order["created_at"][:19].replace("T", " "),
            "pricelist_id": False,
            "order_line": [[0, 0, line] for line in self._lines(order)],
        }

    def _lines(self, order: Json) -> Iterator[Json]:
        for item in (*order["line_items"], *order["shipping_lines"]):
            taxes = [self._tax] if item["tax_lines"] else []
            yield {
                "product_id": self._products[item.get("sku") or item["code"]],
                "name": item["title"],
                "product_uom_qty": item.get("quantity", 1),
                "price_unit": float(item["price"]),
                "discount": 0,
                "tax_ids": [[6, 0, taxes]],
            }

    def __post_init__(self) -> None:
        rows = self._call("product.product", "search_read", [["default_code", "!=", False]],
                          ["default_code"])  # fmt: skip
        self._products = {row["default_code"]: row["id"] for row in rows}
        domain = [["type_tax_use", "=", "sale"], ["amount", "=", 15]]
        self._tax = self._call("account.tax", "search", domain)[0]
        if not self._call("celery.source", "search", [["name", "=", SOURCE]]):
            values = {"name": SOURCE, "user_id": self.admin.env.uid}
            self._call("celery.source", "create", [values])

    def _call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.admin.execute_kw(model, method, list(args), kwargs)


_OPEN = """
    SELECT count(*) AS open FROM delivery
    WHERE state IN ('pending', 'scheduled', 'enqueued', 'started')
"""
_ERROR = "SELECT state, error FROM delivery WHERE state <> 'done' ORDER BY id DESC LIMIT 1"


@contextmanager
def orders(stage: Stage) -> Iterator[Orders]:
    """A fabric with a ledger for the length of the context."""
    with fabric(stage, webhooks=True) as running:
        dsn = running.config.ledger_dsn.get_secret_value()
        with psycopg.Connection.connect(dsn, autocommit=True, row_factory=dict_row) as ledger:
            ledger.execute(SQL("TRUNCATE delivery, delivery_key"))
            found = Orders(stage, ledger, administrator(stage))
            found.learn()
            yield found
