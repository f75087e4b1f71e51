"""Posts signed orders as fast as they are answered: ``python -m benchmarks.posting``.

A process of its own, so that the load costs the gateway's process nothing. It writes requests
that were made before the clock starts, on connections that stay open, and reads no more of an
answer than its status: what it costs itself is taken from the machine that is measured.

Reads one JSON object from its input and prints one: ``Load`` and ``Figures``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from base64 import b64encode
from collections import Counter
from dataclasses import asdict, dataclass
from hashlib import sha256
from hmac import digest
from itertools import count
from typing import Any

import orjson
import uvloop

from tasks.webhooks.samples import shopify_order

SIZE = 2048
"""Bytes of an order's JSON."""
KEPT = ("id", "name", "currency", "email", "billing_address", "line_items", "total_price")


@dataclass(frozen=True, slots=True)
class Load:
    """What to post: ``deliveries`` in all, on so many ``connections``."""

    port: int
    secret: str
    run: str
    """Makes the event ids of this run its own."""
    deliveries: int
    connections: int
    per_second: float = 0.0
    """Each at its time, whether those before it are answered or not; 0: each connection posts
    again as soon as it was answered."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How that went; latencies in milliseconds, from the time that a request was due."""

    seconds: float
    p50: float
    p99: float
    slowest: float
    statuses: dict[str, int]


def order(number: int) -> bytes:
    """An order of two kilobytes."""
    whole = shopify_order(number)
    some = {name: whole[name] for name in KEPT}
    some["line_items"] = whole["line_items"][:1]
    missing = SIZE - len(orjson.dumps({**some, "note": ""}))
    return orjson.dumps({**some, "note": "x" * missing})


def request(load: Load, number: int) -> bytes:
    """A signed delivery, as its bytes on the wire."""
    body = order(number)
    signature = b64encode(digest(load.secret.encode(), body, sha256)).decode()
    head = (
        "POST /hooks/shopify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Shopify-Topic: orders/create\r\n"
        f"X-Shopify-Event-Id: {load.run}-{number}\r\nX-Shopify-Shop-Domain: shop.example.com\r\n"
        f"X-Shopify-Api-Version: 2026-01\r\nX-Shopify-Hmac-Sha256: {signature}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection that always has a request under way, while there are any."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._answer = b""

    def post(self) -> None:
        """The next request, when it is due."""
        number = next(self._run.numbers)
        if number >= len(self._run.requests):
            self._run.ended(self)
            return
        self._due = self._run.due(number)
        wait = self._due - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._write, number)
        else:
            self._write(number)

    def _write(self, number: int) -> None:
        self._transport.write(self._run.requests[number])

    def data_received(self, data: bytes) -> None:
        # An answer's body ends with a brace, and there is none before it.
        self._answer += data
        if not self._answer.endswith(b"}"):
            return
        self._run.statuses[self._answer[9:12].decode()] += 1
        self._run.latencies.append(time.perf_counter() - self._due)
        self._answer = b""
        self.post()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(exc)


class Run:
    """All connections together."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.requests = [request(load, number) for number in range(load.deliveries)]
        self.numbers = count()
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()

    def due(self, number: int) -> float:
        """When a request is to be written."""
        if not self.load.per_second:
            return time.perf_counter()
        return self._start + number / self.load.per_second

    async def go(self) -> Posted:
        """Post all of it."""
        loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = loop.create_future()
        made = [
            (await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.load.port))[1]
            for _ in range(self.load.connections)
        ]
        self._open = set(made)
        self._start = time.perf_counter()
        for connection in made:
            connection.post()
        await self._done
        seconds = time.perf_counter() - self._start
        slow = sorted(1000 * each for each in self.latencies)
        return Posted(
            seconds,
            slow[len(slow) // 2],
            slow[int(len(slow) * 0.99)],
            slow[-1],
            dict(self.statuses),
        )

    def ended(self, connection: Connection) -> None:
        """A connection has nothing left to post."""
        self._open.discard(connection)
        if not self._open and not self._done.done():
            self._done.set_result(None)

    def lost(self, error: Exception | None) -> None:
        """The gateway closed a connection: no figure is worth anything then."""
        if not self._done.done():
            self._done.set_exception(error or ConnectionResetError("the gateway hung up"))


def main() -> None:
    """One run."""
    run = Run(Load(**orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(run.go()))))


if __name__ == "__main__":
    main()
