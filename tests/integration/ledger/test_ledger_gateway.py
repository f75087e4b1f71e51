"""The gateway in front of a real ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import psycopg
import pytest

from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.ledger import Ledger
from odoo_bridge.outbox import ledger_outbox
from tests.unit.gateway_intake import BODY, SECRET, shopify_headers

END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
Post = Callable[[str], Awaitable[httpx2.Response]]


@asynccontextmanager
async def posting(dsn: str) -> AsyncIterator[Post]:
    """A running gateway; ``post(event)`` delivers the same body under that event."""
    app = build_app(GatewayOptions.of(dsn, {"shopify": [SECRET]}))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):

        async def post(event: str) -> httpx2.Response:
            headers = shopify_headers(BODY, event)
            return await client.post("/hooks/shopify", content=BODY, headers=headers)

        yield post


def count(dsn: str, event: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FROM delivery WHERE event_id LIKE %s", [f"orders/create:{event}"]
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_hundred_at_once_of_one_event_are_one_delivery(postgres_dsn: str) -> None:
    async def scenario() -> list[httpx2.Response]:
        async with posting(postgres_dsn) as post:
            return await asyncio.gather(*(post("same") for _ in range(100)))

    answers = asyncio.run(scenario())
    assert Counter(answer.status_code for answer in answers) == {202: 1, 200: 99}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(postgres_dsn, "same") == 1


def test_two_gateways_share_one_ledger(postgres_dsn: str) -> None:
    async def scenario() -> list[httpx2.Response]:
        async with posting(postgres_dsn) as one, posting(postgres_dsn) as other:
            events = [f"shared-{number}" for number in range(50)]
            return await asyncio.gather(*(post(event) for event in events for post in (one, other)))

    answers = asyncio.run(scenario())
    assert Counter(answer.status_code for answer in answers) == {202: 50, 200: 50}
    assert count(postgres_dsn, "shared-%") == 50


def test_what_was_accepted_is_claimed_and_loaded(postgres_dsn: str) -> None:
    async def scenario() -> httpx2.Response:
        async with posting(postgres_dsn) as post:
            return await post("to-be-claimed")

    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("TRUNCATE delivery, delivery_key")  # the same body has the same id
    accepted = asyncio.run(scenario()).json()
    outbox, ledger = ledger_outbox(postgres_dsn), Ledger(postgres_dsn)
    with outbox.claim(1000) as jobs:
        (job,) = jobs
    assert job.uuid == accepted["id"]
    delivery = ledger.load(job.uuid)
    outbox.close()
    ledger.close()
    assert job.correlation_id == delivery.correlation_id == accepted["correlation_id"]
    assert job.params == {"source": "shopify", "event_id": "orders/create:to-be-claimed"}
    assert delivery.body == BODY
    assert delivery.headers["x-shopify-topic"] == "orders/create"


def test_a_ledger_that_restarts_costs_one_answer_503(postgres_dsn: str) -> None:
    async def scenario() -> list[int]:
        async with posting(postgres_dsn) as post:
            statuses = [(await post("before")).status_code]
            with psycopg.connect(postgres_dsn, autocommit=True) as connection:
                connection.execute(END_OTHERS)
            lost = await post("during")
            assert lost.headers["retry-after"]
            statuses += [lost.status_code, (await post("during")).status_code]
            return statuses

    assert asyncio.run(scenario()) == [202, 503, 202]
    assert count(postgres_dsn, "during") == 1


def test_a_gateway_starts_without_its_ledger_and_answers_503() -> None:
    async def scenario() -> int:
        async with posting("postgresql://127.0.0.1:1/nowhere") as post:
            return (await post("early")).status_code

    assert asyncio.run(scenario()) == 503


def test_a_ledger_that_hangs_is_503_in_time(postgres_dsn: str) -> None:
    async def scenario(holder: psycopg.Connection) -> list[int]:
        async with posting(postgres_dsn) as post:
            await post("first")
            holder.execute("LOCK TABLE delivery")
            held = await post("held")
            holder.rollback()
            return [held.status_code, (await post("held")).status_code]

    with psycopg.connect(postgres_dsn) as holder:
        held, after = asyncio.run(scenario(holder))
    assert held == 503
    assert after in {200, 202}
    assert count(postgres_dsn, "held") == 1


@pytest.mark.parametrize("noise", ["\x00", "\x7f", "é"])
def test_a_header_that_postgresql_cannot_keep_fails_nobody(postgres_dsn: str, noise: str) -> None:
    async def scenario() -> int:
        app = build_app(GatewayOptions.of(postgres_dsn, {"shopify": [SECRET]}))
        transport = httpx2.ASGITransport(app=app)
        headers = {
            **shopify_headers(BODY, f"noise-{ord(noise)}"),
            "X-Shopify-Shop-Domain": f"shop{noise}",
        }
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client,
        ):
            return (await client.post("/hooks/shopify", content=BODY, headers=raw)).status_code

    assert asyncio.run(scenario()) == 202
