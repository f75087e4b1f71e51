"""The three headline jobs on a real Odoo, from the outside: what ``odoo-fabric demo`` does.

Jobs are enqueued through Odoo's own API as a person would, orders come in through the gateway.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from threading import Event
from typing import Any

import orjson
import urllib3

from odoo_bridge.errors import FabricError
from odoo_bridge.job import FINAL, Json, State
from odoo_bridge.ledger import Ledger
from odoo_bridge.rpc import Account, Client, connect
from tasks.webhooks.samples import event_id, shopify_order
from workers.embedded.instance import DevOdoo
from workers.settings import Settings

SOURCE = "shopify"
PRICELIST = "Fabric demo"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one job, or of several of a kind. Times are medians, in seconds."""

    job: str
    state: str
    waiting: float
    running: float
    written: str
    error: str = ""


class Demo:
    """Enqueues the work as a person and as a shop, and looks at what becomes of it."""

    def __init__(self, odoo: DevOdoo, config: Settings, secret: str) -> None:
        account = Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key)
        self.client: Client = connect(account)
        self.gateway = f"http://{config.gateway_host}:{config.gateway_port}"
        self.ledger = Ledger(config.ledger_dsn.get_secret_value(), config.cipher())
        self.secret = secret

    def enqueue(self) -> list[int]:
        """Enqueue the jobs that a person asks Odoo for. Returns the ids of ``celery.job``."""
        partners = self._call("res.partner", "search", [[["is_company", "=", True]]], {"limit": 1})
        wanted: list[tuple[str, Json]] = [
            ("pricing.recalculate", {"pricelist_id": self._pricelist()}),
            ("reports.sales", {}),
            (
                "records.call",
                {
                    "model": "res.partner",
                    "ids": partners,
                    "method": "message_post",
                    "kwargs": {"body": "Seen by the Odoo Celery fabric."},
                },
            ),
        ]
        return [self._enqueue(task, params) for task, params in wanted]

    def post_orders(self, count: int) -> list[str]:
        """Post signed orders to the gateway, each twice. Returns the uuids of the deliveries."""
        self._register_source()
        uuids = []
        # A shop never uses a number twice, and neither do two runs on one ledger.
        first_number = int(time.time())
        for number in range(first_number, first_number + count):
            first, second = (self._post(number) for _ in range(2))
            if first != second:
                raise FabricError(f"one order became two deliveries: {first}, {second}")
            uuids.append(first)
        return uuids

    def wait(
        self, jobs: Sequence[int], deliveries: Sequence[str], seconds: float, stop: Event
    ) -> None:
        """Wait until everything has ended, at most so long, or until ``stop`` is set."""
        deadline = time.monotonic() + seconds
        while not self._ended(jobs, deliveries) and time.monotonic() < deadline:
            if stop.wait(0.25):
                return

    def lines(self, jobs: Sequence[int], deliveries: Sequence[str]) -> list[Line]:
        """What became of it."""
        return [*self._job_lines(jobs), *self._delivery_lines(deliveries)]

    def _ended(self, jobs: Sequence[int], deliveries: Sequence[str]) -> bool:
        states = {row["state"] for row in self._read(jobs)}
        states |= {row["state"] for row in self.ledger.look(deliveries)}
        return states <= FINAL

    def _job_lines(self, jobs: Sequence[int]) -> Iterator[Line]:
        for row in self._read(jobs):
            yield Line(
                row["task"],
                row["state"],
                row["seconds_waiting"],
                row["seconds_running"],
                _written(row["result"], row["attachment_count"]),
                row["error"] or "",
            )

    def _delivery_lines(self, deliveries: Sequence[str]) -> Iterator[Line]:
        rows = self.ledger.look(deliveries)
        for state in sorted({row["state"] for row in rows}):
            same = [row for row in rows if row["state"] == state]
            yield Line(
                f"webhooks.ingest, {len(same)} of them",
                state,
                median(row["seconds_waiting"] for row in same),
                median(row["seconds_running"] for row in same),
                f"{len(same)} orders" if state == State.DONE else "nothing",
                next((row["error"] for row in same if row["error"]), ""),
            )

    def _read(self, jobs: Sequence[int]) -> list[Json]:
        fields = [
            "task",
            "state",
            "error",
            "result",
            "seconds_waiting",
            "seconds_running",
            "attachment_count",
        ]
        rows: list[Json] = self._call("celery.job", "read", [list(jobs), fields])
        return rows

    def _enqueue(self, task: str, params: Json) -> int:
        (job,) = self._call("celery.job", "enqueue", [task, params])
        return int(job)

    def _pricelist(self) -> int:
        """A pricelist with rules of every kind of computation; made once."""
        found = self._call("product.pricelist", "search", [[["name", "=", PRICELIST]]])
        if found:
            return int(found[0])
        rules = [
            {"applied_on": "3_global", "compute_price": "percentage", "percent_price": 5},
            *(
                {
                    "applied_on": "3_global",
                    "min_quantity": quantity,
                    "compute_price": "formula",
                    "base": "list_price",
                    "price_discount": discount,
                    "price_round": 0.05,
                }
                for quantity, discount in ((5, 8), (10, 12), (50, 18), (100, 25))
            ),
        ]
        values = {"name": PRICELIST, "item_ids": [[0, 0, rule] for rule in rules]}
        (pricelist,) = self._call("product.pricelist", "create", [[values]])
        return int(pricelist)

    def _register_source(self) -> None:
        if not self._call("celery.source", "search", [[["name", "=", SOURCE]]]):
            values = {"name": SOURCE, "user_id": self.client.env.uid}
            self._call("celery.source", "create", [[values]])

    def _call(self, model: str, method: str, args: list[Any], kwargs: Json | None = None) -> Any:
        return self.client.execute_kw(model, method, args, kwargs or {})

    def _post(self, number: int) -> str:
        body = orjson.dumps(shopify_order(number))
        answer = urllib3.request(
            "POST",
            f"{self.gateway}/hooks/{SOURCE}",
            body=body,
            headers=signed_headers(body, self.secret, event_id(number)),
            retries=False,
        )
        if answer.status not in {200, 202}:
            raise FabricError(f"the gateway answered {answer.status}: {answer.data.decode()}")
        return str(answer.json()["id"])


def signed_headers(body: bytes, secret: str, event: str) -> dict[str, str]:
    """What Shopify puts before the body of an order."""
    digest = hmac.new(secret.encode(), body, "sha256").digest()
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Event-Id": event,
        "X-Shopify-Hmac-Sha256": b64encode(digest).decode(),
    }


def _written(result: Json | bool, files: int) -> str:
    if isinstance(result, dict) and "prices" in result:
        return f"{result['prices']} prices"
    if isinstance(result, dict) and "records" in result:
        return f"{result['records']} record"
    return f"{files} file" if files else "nothing"
