"""Which deliveries a claim hands out: in order of a key, and many at once when there are many."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg

from odoo_bridge.job import Envelope, Outcome, State
from odoo_bridge.ledger import Ledger
from odoo_bridge.ledger.ids import uuid7
from odoo_bridge.outbox import LedgerOutbox, ledger_outbox

INSERT = """
    INSERT INTO delivery (uuid, source, event_id, body, ordering_key, received_at)
    VALUES (%s, %s, %s, '', %s, now() - make_interval(secs => %s))
"""


def add(
    connection: psycopg.Connection, *keys: str, source: str = "shop", waits: float = 0.0
) -> list[str]:
    """A delivery for each key, in order; the uuids."""
    uuids = [uuid7() for _ in keys]
    for uuid, key in zip(uuids, keys, strict=True):
        connection.execute(INSERT, [uuid, source, uuid, key, waits])
    return uuids


def claim(outbox: LedgerOutbox, limit: int = 10) -> list[Envelope]:
    with outbox.claim(limit) as jobs:
        return list(jobs)


def claimed(outbox: LedgerOutbox, limit: int = 10) -> list[str]:
    return [job.uuid for job in claim(outbox, limit)]


def test_what_shares_a_key_goes_one_after_the_other(
    connection: psycopg.Connection, outbox: LedgerOutbox, ledger: Ledger
) -> None:
    created, other, updated, paid, free = add(connection, "7", "8", "7", "7", "")
    (foreign,) = add(connection, "7", source="another")
    jobs = claim(outbox)
    assert [job.uuid for job in jobs] == [created, other, free, foreign]
    assert claimed(outbox) == []
    ledger.finish([Outcome(jobs[0], State.DONE)])
    (second,) = claim(outbox)
    assert second.uuid == updated
    ledger.finish([Outcome(second, State.DEAD, error="bad")])
    assert claimed(outbox) == [paid]


def test_a_retry_holds_up_those_behind_it(
    connection: psycopg.Connection, outbox: LedgerOutbox, ledger: Ledger
) -> None:
    first, second = add(connection, "7", "7")
    (job,) = claim(outbox)
    ledger.finish([Outcome(job, State.SCHEDULED, error="later", retry_in=3600)])
    assert claimed(outbox) == []
    connection.execute("UPDATE delivery SET eta = now() WHERE state = 'scheduled'")
    (again,) = claim(outbox)
    assert (again.uuid, again.attempt) == (first, 2)
    ledger.finish([Outcome(again, State.DONE)])
    assert claimed(outbox) == [second]


def test_an_orphan_that_was_put_back_still_goes_first(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    first, _second = add(connection, "7", "7")
    claim(outbox)
    connection.execute("SELECT delivery_rescue(ARRAY[%s], ARRAY[1], true)", [first])
    assert claimed(outbox) == [first]


def test_two_relays_at_once_keep_the_order(connection: psycopg.Connection, dsn: str) -> None:
    first, _second = add(connection, "7", "7")
    with ExitStack() as stack:
        relays = [ledger_outbox(dsn), ledger_outbox(dsn)]
        for relay in relays:
            stack.callback(relay.close)
        with relays[0].claim(10) as ours:
            assert [job.uuid for job in ours] == [first]
            with relays[1].claim(10) as theirs:
                assert theirs == []


def test_few_go_at_once_and_then_wait_to_be_more(
    connection: psycopg.Connection, outbox: LedgerOutbox, ledger: Ledger
) -> None:
    busy = []
    for _ in range(8):
        add(connection, "")
        busy += claim(outbox)
    assert len(busy) == 8, "with little to do each goes at once"
    waiting = add(connection, "", "")
    assert claimed(outbox) == []
    ledger.finish([Outcome(busy[0], State.DONE)])
    assert claimed(outbox) == waiting


def test_a_full_batch_waits_for_nobody(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    add(connection, *[""] * 8)
    claim(outbox)
    full = add(connection, *[""] * 10)
    assert claimed(outbox, 10) == full


def test_nothing_waits_for_more_than_a_second(
    connection: psycopg.Connection, outbox: LedgerOutbox
) -> None:
    add(connection, *[""] * 8)
    claim(outbox)
    old = add(connection, "", waits=1.1)
    assert claimed(outbox) == old


def test_no_more_than_a_window_is_in_flight(
    connection: psycopg.Connection, outbox: LedgerOutbox, ledger: Ledger
) -> None:
    add(connection, *[""] * 1100, waits=5)
    jobs = claim(outbox, 2000)
    assert len(jobs) == 1000
    assert claimed(outbox, 2000) == []
    ledger.finish([Outcome(job, State.DONE) for job in jobs[:30]])
    assert len(claimed(outbox, 2000)) == 30


def test_what_ends_wakes_the_relay(
    connection: psycopg.Connection, outbox: LedgerOutbox, ledger: Ledger
) -> None:
    add(connection, "7", "7")
    (job,) = claim(outbox)
    connection.execute("LISTEN delivery")
    ledger.finish([Outcome(job, State.DONE)])
    assert [notice.channel for notice in connection.notifies(timeout=10, stop_after=1)]


def test_the_claim_reads_indexes_alone(connection: psycopg.Connection) -> None:
    connection.execute("SET enable_seqscan = off")
    plan = connection.execute(
        "EXPLAIN SELECT FROM delivery WHERE source = 'shop' AND ordering_key = '7'"
        " AND ordering_key <> '' AND id < 7"
        " AND state IN ('pending', 'scheduled', 'enqueued', 'started')"
    ).fetchall()
    assert "ordering_key" in str(plan)
    assert "Seq Scan" not in str(plan)
