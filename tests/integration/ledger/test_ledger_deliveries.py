"""Deliveries in a real PostgreSQL: loaded, finished behind the fence, retried when due."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from odoo_bridge.errors import InvalidDelivery, StoreUnavailable
from odoo_bridge.job import Envelope, Outcome, State
from odoo_bridge.ledger import Delivery, Ledger
from odoo_bridge.outbox import LedgerOutbox

INSERT = """
    INSERT INTO delivery (uuid, source, event_id, body, headers, correlation_id)
    VALUES (%s, 'shopify', %s, %s, %s, 'c-1')
"""


def add(connection: psycopg.Connection, body: bytes = b"{}") -> str:
    uuid = str(uuid4())
    headers = json.dumps({"x-shopify-topic": "orders/create"})
    connection.execute(INSERT, [uuid, f"event {uuid}", body, headers])
    return uuid


def claim(outbox: LedgerOutbox) -> list[Envelope]:
    with outbox.claim(100) as jobs:
        return list(jobs)


def column(connection: psycopg.Connection, uuid: str, name: str) -> Any:
    row = connection.execute(f"SELECT {name} FROM delivery WHERE uuid = %s", [uuid]).fetchone()  # noqa: S608
    assert row is not None
    return row[0]


def test_load_gives_back_every_byte(ledger: Ledger, connection: psycopg.Connection) -> None:
    body = bytes(range(256))
    uuid = add(connection, body)
    delivery = ledger.load(uuid)
    assert replace(delivery, received_at=datetime.min) == Delivery(
        uuid=uuid,
        source="shopify",
        event_id=f"event {uuid}",
        body=body,
        correlation_id="c-1",
        received_at=datetime.min,
        headers={"x-shopify-topic": "orders/create"},
    )
    assert datetime.now(UTC) - delivery.received_at < timedelta(minutes=1)


def test_a_delivery_that_was_pruned_says_so(ledger: Ledger) -> None:
    with pytest.raises(InvalidDelivery, match="has no delivery"):
        ledger.load(str(uuid4()))


def test_done_is_kept_with_its_result(
    ledger: Ledger, outbox: LedgerOutbox, connection: psycopg.Connection
) -> None:
    uuid = add(connection)
    (job,) = claim(outbox)
    (verdict,) = ledger.finish([Outcome(job, State.DONE, {"order": "#9"}, worker="w@h")])
    assert (verdict.uuid, verdict.attempt) == (uuid, 1)
    assert (verdict.accepted, verdict.state) == (True, State.DONE)
    assert column(connection, uuid, "(state, outcome->>'order', worker)") == ("done", "#9", "w@h")
    assert column(connection, uuid, "finished_at") is not None


def test_the_fence_refuses_what_is_late_doubled_or_cancelled(
    ledger: Ledger, outbox: LedgerOutbox, connection: psycopg.Connection
) -> None:
    late, doubled, cancelled = (add(connection) for _ in range(3))
    first, second, third = claim(outbox)
    connection.execute("UPDATE delivery SET attempt = 2 WHERE uuid = %s", [late])
    connection.execute("UPDATE delivery SET state = 'cancelled' WHERE uuid = %s", [cancelled])
    outcomes = [Outcome(job, State.DONE) for job in (first, second, second, third)]
    verdicts = ledger.finish(outcomes)
    assert [verdict.accepted for verdict in verdicts] == [False, True, False, False]
    assert [verdict.state for verdict in verdicts] == [
        State.ENQUEUED,
        State.DONE,
        State.DONE,
        State.CANCELLED,
    ]
    assert doubled == second.uuid


def test_a_retry_waits_for_its_time_and_counts_another_attempt(
    ledger: Ledger, outbox: LedgerOutbox, connection: psycopg.Connection
) -> None:
    uuid = add(connection)
    (job,) = claim(outbox)
    ledger.finish([Outcome(job, State.SCHEDULED, error="Odoo is away", retry_in=3600)])
    assert claim(outbox) == []
    assert column(connection, uuid, "eta > now() + interval '59 minutes'")
    assert column(connection, uuid, "error") == "Odoo is away"
    connection.execute("UPDATE delivery SET eta = now()")
    (again,) = claim(outbox)
    assert (again.uuid, again.attempt) == (uuid, 2)
    assert column(connection, uuid, "eta") is None
    assert column(connection, uuid, "max_attempts") == 8


def test_an_odoo_that_is_away_costs_a_delivery_no_attempt(
    ledger: Ledger, outbox: LedgerOutbox, connection: psycopg.Connection
) -> None:
    uuid = add(connection)
    (job,) = claim(outbox)
    ledger.finish([Outcome(job, State.SCHEDULED, error="Odoo is away", counts=False)])
    assert column(connection, uuid, "max_attempts") == 9


def test_a_dead_letter_keeps_its_error_whatever_is_in_it(
    ledger: Ledger, outbox: LedgerOutbox, connection: psycopg.Connection
) -> None:
    uuid = add(connection)
    (job,) = claim(outbox)
    (verdict,) = ledger.finish(
        [Outcome(job, State.DEAD, {"nul": "\0"}, error="bad \0 \ud800", traceback="at \0")]
    )
    assert verdict.accepted
    assert column(connection, uuid, "state") == "dead"
    assert column(connection, uuid, "error") == "bad \ufffd ?"


def test_what_was_pruned_is_refused_not_an_error(ledger: Ledger) -> None:
    gone = Envelope(str(uuid4()), 1, "webhooks.ingest", "webhooks")
    (verdict,) = ledger.finish([Outcome(gone, State.DONE)])
    assert not verdict.accepted


def test_nothing_to_finish_asks_nobody() -> None:
    assert Ledger("postgresql://127.0.0.1:1/nowhere").finish([]) == []


def test_a_ledger_that_is_away_is_retryable() -> None:
    with pytest.raises(StoreUnavailable):
        Ledger("postgresql://127.0.0.1:1/nowhere").load(str(uuid4()))


def test_a_claim_reads_the_ready_index_of_each_day_alone(connection: psycopg.Connection) -> None:
    connection.execute(
        "SELECT delivery_add_day(current_date + ahead) FROM generate_series(1, 3) ahead"
    )
    connection.execute("SET enable_seqscan = off")
    rows = connection.execute(
        "EXPLAIN SELECT uuid FROM delivery WHERE state = 'pending' ORDER BY id LIMIT 10"
    ).fetchall()
    plan = [row[0] for row in rows]
    scans = [line for line in plan if "Scan" in line]
    assert len(scans) == 4
    assert all("Index Scan using" in line and "_id_idx" in line for line in scans)
    assert not any("Sort  (" in line for line in plan)


def rescue(
    connection: psycopg.Connection, uuid: str, attempt: int, *, begun: bool = True
) -> list[Any]:
    return connection.execute(
        "SELECT * FROM delivery_rescue(%s, %s, %s)", [[uuid], [attempt], begun]
    ).fetchall()


def test_an_orphan_is_found_and_put_back(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    uuid = add(connection)
    claim(outbox)
    ((found, attempt, queue, state, seconds),) = connection.execute(
        "SELECT * FROM delivery_in_flight()"
    ).fetchall()
    assert (found, attempt, queue, state) == (uuid, 1, "webhooks", "enqueued")
    assert 0 <= seconds < 60
    assert rescue(connection, uuid, 7) == []
    assert rescue(connection, uuid, 1) == [(uuid, "pending")]
    assert column(connection, uuid, "max_attempts") == 9
    (again,) = claim(outbox)
    assert (again.uuid, again.attempt) == (uuid, 2)


def test_a_delivery_that_loses_its_worker_again_and_again_is_dead(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    uuid = add(connection)
    for attempt in (1, 2, 3):
        claim(outbox)
        assert rescue(connection, uuid, attempt) == [(uuid, "pending")]
    claim(outbox)
    assert rescue(connection, uuid, 4) == [(uuid, "dead")]
    assert "lost 4 times" in column(connection, uuid, "error")


def test_a_delivery_that_the_broker_loses_again_and_again_is_no_poison_pill(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    uuid = add(connection)
    for attempt in range(1, 7):
        claim(outbox)
        assert rescue(connection, uuid, attempt, begun=False) == [(uuid, "pending")]
    assert column(connection, uuid, "rescues") == 0
