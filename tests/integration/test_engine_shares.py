"""Nobody's backlog holds up another: databases that share a broker, keys that share a queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from odoo_bridge.job import Envelope
from odoo_bridge.outbox import odoo_outbox
from odoo_bridge.outbox.relay import Relay
from tests.integration import engine_schema
from tests.integration.engine import Engine

WINDOW = 20


class Broker:
    """What lies in a broker that two databases publish to, in the order of its arrival."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    def publisher_of(self, database: str) -> Publisher:
        return Publisher(self, database)


class Publisher:
    def __init__(self, broker: Broker, database: str) -> None:
        self._broker = broker
        self._database = database

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        self._broker.messages += [(self._database, job.uuid) for job in envelopes]


@pytest.fixture
def databases(postgres_server: str) -> Iterator[dict[str, str]]:
    """Two databases with the engine in them."""
    names = {which: f"fabric_test_{uuid4().hex[:12]}" for which in ("large", "small")}
    with psycopg.connect(postgres_server, autocommit=True) as server:
        for name in names.values():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {which: make_conninfo(postgres_server, dbname=name) for which, name in names.items()}
        for name in names.values():
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_a_backlog_in_one_database_delays_no_other(databases: dict[str, str]) -> None:
    """The smaller one's jobs begin at once, and from then on they are served in turns."""
    broker = Broker()
    with ExitStack() as stack:
        engines, relays, waiting = {}, [], {"large": 2000, "small": 60}
        for which, dsn in databases.items():
            engine = engines[which] = stack.enter_context(closing(Engine(dsn)))
            engine_schema.install(engine.connection)
            engine.clear()
            engine.queue(window_size=WINDOW)
            engine.enqueue(*[{}] * waiting[which])
            outbox = stack.enter_context(closing(odoo_outbox(dsn)))
            relays.append(Relay(outbox, broker.publisher_of(which)))
        served = []
        while waiting["small"]:
            for relay in relays:
                relay.step()
            assert max(Counter(which for which, _ in broker.messages).values()) <= WINDOW
            which, uuid = broker.messages.pop(0)  # a worker takes the first, and does it
            [row] = engines[which].execute("SELECT id FROM celery_job WHERE uuid = %s", [uuid])
            engines[which].finish(row["id"])
            served.append(which)
            waiting[which] -= 1
        assert served.index("small") == WINDOW
        assert len(served) <= 2 * 60 + WINDOW


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> str:
    with closing(Engine(postgres_dsn)) as engine:
        engine_schema.install(engine.connection)
    return postgres_dsn


@pytest.mark.parametrize("window", [1, 4])
def test_a_key_with_many_jobs_delays_no_other_key(dsn: str, window: int) -> None:
    with closing(Engine(dsn)) as engine:
        engine.clear()
        engine.queue(window_size=window)
        hot = set(engine.enqueue(*[{"concurrency_key": "hot", "concurrency_limit": 2}] * 300))
        small = {key: engine.enqueue(*[{"concurrency_key": key}] * 5) for key in "abc"}
        left = sum(map(len, small.values()))
        served = []
        while left:
            jobs = engine.claimed(10)
            engine.finish(*jobs)
            served += jobs
            left -= len(set(jobs) - hot)
        # Four keys take turns; the hot one has room for two at a time.
        assert len(hot.intersection(served)) <= 2 * 5 + 2 + window
