"""Days of deliveries: which partition holds one, what is dropped when, what stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway import GatewayOptions
from odoo_bridge.gateway.intake import LedgerIntake
from odoo_bridge.gateway.metrics import Metrics
from odoo_bridge.gateway.stored import Stored
from odoo_bridge.ledger import Delivery, Ledger, migrate
from odoo_bridge.ledger.cipher import Cipher, make_key
from odoo_bridge.ledger.ids import uuid7
from odoo_bridge.ledger.retention import Retention
from odoo_bridge.ledger.schema import migrations

Found = TypeVar("Found")
NOW = datetime.now(UTC)
KEEP = 30


@pytest.fixture
def retention(dsn: str, connection: psycopg.Connection) -> Iterator[Retention]:
    retention = Retention(dsn)
    yield retention
    retention.close()


def delivery(event: str, at: datetime = NOW, **other: Any) -> Delivery:
    return Delivery(uuid7(at.timestamp()), "shop", event, b"{}", "c-1", at, **other)


def with_intake(
    dsn: str,
    work: Callable[[LedgerIntake], Awaitable[Found]],
    cipher: Cipher | None = None,
) -> Found:
    async def scenario() -> Found:
        options = GatewayOptions(dsn, cipher=cipher or Cipher())
        async with LedgerIntake(options, Metrics()) as intake:
            return await work(intake)

    return asyncio.run(scenario())


def store(dsn: str, *deliveries: Delivery, cipher: Cipher | None = None) -> Sequence[Stored]:
    async def work(intake: LedgerIntake) -> list[Stored]:
        return await asyncio.gather(*map(intake.store, deliveries))

    return with_intake(dsn, work, cipher)


def place(connection: psycopg.Connection, event: str) -> str | None:
    row = connection.execute(
        "SELECT tableoid::regclass::text FROM delivery WHERE event_id = %s", [event]
    ).fetchone()
    return row and row[0]


def partition(day: date) -> str:
    return f"delivery_{day:%Y%m%d}"


def add_day(connection: psycopg.Connection, at: datetime) -> None:
    connection.execute("SELECT delivery_add_day(%s)", [at.date()])


def end(connection: psycopg.Connection, state: str, at: datetime) -> None:
    connection.execute("UPDATE delivery SET state = %s, finished_at = %s", [state, at])


def partitions(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'delivery'::regclass"
    )
    return {row[0] for row in rows}


def test_a_delivery_stands_in_its_day(dsn: str, connection: psycopg.Connection) -> None:
    store(dsn, delivery("today"))
    assert place(connection, "today") == partition(NOW.date())


def test_the_gateway_makes_the_week_to_come(dsn: str, connection: psycopg.Connection) -> None:
    store(dsn)
    assert {partition(NOW.date() + timedelta(days=ahead)) for ahead in range(8)} <= partitions(
        connection
    )


def test_what_came_before_its_day_was_made_moves_into_it(
    dsn: str, connection: psycopg.Connection
) -> None:
    later = NOW + timedelta(days=100)
    store(dsn, delivery("early", later))
    assert place(connection, "early") == "delivery_other"
    add_day(connection, later)
    assert place(connection, "early") == partition(later.date())
    add_day(connection, later)


def test_an_event_is_one_delivery_whatever_its_day(
    dsn: str, connection: psycopg.Connection
) -> None:
    (first,) = store(dsn, delivery("same", NOW - timedelta(days=1)))
    (again,) = store(dsn, delivery("same", NOW))
    assert (first.new, again.new) == (True, False)
    assert (again.uuid, again.correlation_id) == (first.uuid, first.correlation_id)


def test_an_old_day_is_dropped_with_its_events(
    dsn: str, connection: psycopg.Connection, retention: Retention
) -> None:
    old = NOW - timedelta(days=KEEP + 2)
    add_day(connection, old)
    store(dsn, delivery("old", old))
    end(connection, "done", old)
    assert retention.prune(KEEP) == 1
    assert partition(old.date()) not in partitions(connection)
    assert place(connection, "old") is None
    (again,) = store(dsn, delivery("old"))
    assert again.new
    assert retention.prune(KEEP) == 0


@pytest.mark.parametrize("state", ["dead", "pending", "enqueued"])
def test_what_has_not_ended_well_outlives_its_day(
    dsn: str, connection: psycopg.Connection, retention: Retention, state: str
) -> None:
    old = NOW - timedelta(days=KEEP + 3)
    add_day(connection, old)
    (stored,) = store(dsn, delivery("kept", old))
    end(connection, state, old)
    assert retention.prune(KEEP) == 1
    assert place(connection, "kept") == "delivery_other"
    (again,) = store(dsn, delivery("kept"))
    assert (again.new, again.uuid) == (False, stored.uuid)
    end(connection, "done", old)
    retention.prune(KEEP)
    assert place(connection, "kept") is None
    assert connection.execute("SELECT count(*) FROM delivery_key").fetchone() == (0,)


def test_what_ended_only_now_outlives_its_day(
    dsn: str, connection: psycopg.Connection, retention: Retention
) -> None:
    old = NOW - timedelta(days=KEEP + 4)
    add_day(connection, old)
    store(dsn, delivery("late", old))
    end(connection, "done", NOW)
    retention.prune(KEEP)
    assert place(connection, "late") == "delivery_other"


def test_a_young_day_stays(dsn: str, connection: psycopg.Connection, retention: Retention) -> None:
    young = NOW - timedelta(days=KEEP)
    add_day(connection, young)
    store(dsn, delivery("young", young))
    end(connection, "done", young)
    assert retention.prune(KEEP) == 0
    assert place(connection, "young") == partition(young.date())


def test_two_gateways_with_the_same_events_in_another_order_do_not_deadlock(dsn: str) -> None:
    """Keys go in by their order: in that of arrival, each waited for the other's."""

    async def scenario() -> list[Stored]:
        options = GatewayOptions(dsn)
        async with LedgerIntake(options, Metrics()) as one, LedgerIntake(options, Metrics()) as two:
            found: list[Stored] = []
            for turn in range(10):
                events = [f"turn {turn} {number}" for number in range(100)]
                found += await asyncio.gather(
                    *(one.store(delivery(event)) for event in events),
                    *(two.store(delivery(event)) for event in reversed(events)),
                )
            return found

    assert sum(each.new for each in asyncio.run(scenario())) == 1000


def test_what_the_filter_leaves_out_is_cancelled_and_never_claimed(
    dsn: str, connection: psycopg.Connection
) -> None:
    store(dsn, delivery("out", wanted=False), delivery("in", ordering_key="7"))
    rows = connection.execute("SELECT event_id FROM delivery_claim(10)").fetchall()
    assert rows == [("in",)]
    row = connection.execute(
        "SELECT state, error <> '', finished_at IS NOT NULL FROM delivery WHERE event_id = 'out'"
    ).fetchone()
    assert row == ("cancelled", True, True)


def test_deliveries_are_claimed_as_they_came(dsn: str, connection: psycopg.Connection) -> None:
    events = [f"{(number * 37) % 100:02}" for number in range(100)]
    store(dsn, *map(delivery, events))
    rows = connection.execute("SELECT event_id FROM delivery_claim(100)").fetchall()
    assert [row[0] for row in rows] == events


def test_a_key_that_outlived_its_delivery_is_still_a_duplicate(
    dsn: str, connection: psycopg.Connection
) -> None:
    (first,) = store(dsn, delivery("gone"))
    connection.execute("DELETE FROM delivery")
    (again,) = store(dsn, delivery("gone"))
    assert (again.new, again.uuid) == (False, first.uuid)


def test_sealed_bodies_open_with_any_key_and_with_no_other(
    dsn: str, connection: psycopg.Connection
) -> None:
    old, new = make_key(), make_key()
    (first,) = store(dsn, delivery("sealed"), cipher=Cipher([old]))
    (second,) = store(dsn, delivery("again"), cipher=Cipher([new, old]))
    bodies = connection.execute("SELECT body, sealed FROM delivery").fetchall()
    assert all(sealed and b"{}" not in body for body, sealed in bodies)
    for uuid in (first.uuid, second.uuid):
        ledger = Ledger(dsn, Cipher([new, old]))
        assert ledger.load(uuid).body == b"{}"
        ledger.close()
    for keys in ([], [make_key()], [new]):
        ledger = Ledger(dsn, Cipher(keys))
        with pytest.raises(ConfigurationError, match="FABRIC_LEDGER_KEYS"):
            ledger.load(first.uuid)
        ledger.close()


def test_what_is_not_a_key_says_how_to_make_one() -> None:
    with pytest.raises(ConfigurationError, match="make-key"):
        Cipher(["short"])


def test_the_ledger_tells_how_it_stands(dsn: str, connection: psycopg.Connection) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)  # NOW is as old as the whole run
    store(dsn, delivery("one", hour_ago), delivery("two"), delivery("three"))
    connection.execute("UPDATE delivery SET state = 'dead' WHERE event_id = 'two'")
    connection.execute("UPDATE delivery SET state = 'done' WHERE event_id = 'three'")
    ledger = Ledger(dsn)
    dead, pending = ledger.standing()
    ledger.close()
    assert (dead.source, dead.state, dead.deliveries) == ("shop", "dead", 1)
    assert (pending.state, pending.deliveries) == ("pending", 1)
    assert 3600 <= pending.oldest_seconds < 3700


def test_days_migrate_down_and_up_with_all_that_they_hold(
    dsn: str, connection: psycopg.Connection
) -> None:
    store(dsn, delivery("a"), delivery("b", NOW - timedelta(days=400)))
    connection.execute("UPDATE delivery SET state = 'dead', attempt = 3 WHERE event_id = 'b'")
    look = "SELECT uuid, event_id, state, attempt, body FROM delivery ORDER BY id"
    before = connection.execute(look).fetchall()
    assert migrate(dsn, to=3) == 3
    assert connection.execute(look).fetchall() == before
    connection.execute(
        "INSERT INTO delivery (uuid, source, event_id, body) VALUES (%s, 'shop', 'c', '{}')",
        [uuid7()],
    )
    assert migrate(dsn) == migrations()[-1].version
    assert connection.execute(look).fetchall()[:2] == before
    answers = store(dsn, delivery("a"), delivery("b"), delivery("c"), delivery("d"))
    assert [each.new for each in answers] == [False, False, False, True]


def test_a_uuid_tells_its_time() -> None:
    made = UUID(uuid7(1_700_000_000.123))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == 1_700_000_000_123
    assert len({uuid7(1.0) for _ in range(1000)}) == 1000
