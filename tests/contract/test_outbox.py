"""What every outbox must do, on the fake and on a real PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import State
from odoo_bridge.outbox import RpcOutbox
from odoo_bridge.ports import Outbox
from tests.contract.outbox_stores import LedgerStore, MemoryStore, OdooStore, OutboxStore, RpcStore


@pytest.fixture(scope="module", params=["memory", "ledger", "odoo", "rpc"])
def kept_store(request: pytest.FixtureRequest) -> OutboxStore:
    if request.param == "memory":
        return MemoryStore()
    stores = {"ledger": LedgerStore, "odoo": OdooStore, "rpc": RpcStore}
    return stores[request.param](request.getfixturevalue("postgres_dsn"))


@pytest.fixture
def store(kept_store: OutboxStore) -> OutboxStore:
    kept_store.clear()
    return kept_store


@pytest.fixture
def outbox(store: OutboxStore) -> Iterator[Outbox]:
    outbox = store.open()
    yield outbox
    outbox.close()


@pytest.fixture
def other(store: OutboxStore) -> Iterator[Outbox]:
    """A second relay's."""
    outbox = store.open()
    yield outbox
    outbox.close()


def claimed(outbox: Outbox, limit: int = 100) -> list[str]:
    with outbox.claim(limit) as jobs:
        return [job.uuid for job in jobs]


def test_gives_each_job_once_oldest_first(store: OutboxStore, outbox: Outbox) -> None:
    added = store.add(5)
    assert claimed(outbox) == added
    assert claimed(outbox) == []


def test_respects_the_limit(store: OutboxStore, outbox: Outbox) -> None:
    added = store.add(5)
    assert claimed(outbox, 2) == added[:2]
    assert claimed(outbox, 2) == added[2:4]
    assert claimed(outbox, 2) == added[4:]


def test_an_exception_gives_every_job_back_as_if_never_taken(
    store: OutboxStore, outbox: Outbox
) -> None:
    def broker_goes_away_after_claiming() -> None:
        with outbox.claim(2) as jobs:
            assert [job.attempt for job in jobs] == [1, 1]
            raise BrokerUnavailable

    added = store.add(3)
    with pytest.raises(BrokerUnavailable):
        broker_goes_away_after_claiming()
    # Over RPC a claim commits at once, so its jobs come back as their next attempt.
    again = 2 if isinstance(outbox, RpcOutbox) else 1
    with outbox.claim(10) as jobs:
        assert {job.uuid: job.attempt for job in jobs} == dict(
            zip(added, [again, again, 1], strict=True)
        )


def test_two_claimers_never_share(store: OutboxStore, outbox: Outbox, other: Outbox) -> None:
    added = store.add(4)
    with outbox.claim(2) as first, other.claim(4) as second:
        assert [job.uuid for job in first] == added[:2]
        assert [job.uuid for job in second] == added[2:]


def test_claimers_in_a_race_take_every_job_once(store: OutboxStore) -> None:
    added = store.add(200)
    taken: list[str] = []

    def relay() -> None:
        outbox = store.open()
        while uuids := claimed(outbox, 7):
            taken.extend(uuids)
        outbox.close()

    relays = [threading.Thread(target=relay) for _ in range(4)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    assert sorted(taken) == sorted(added)


def test_a_wait_ends_when_a_job_comes(store: OutboxStore, outbox: Outbox) -> None:
    claimed(outbox)
    outbox.wait(0.01)  # what came before is known
    started = time.monotonic()
    timer = threading.Timer(0.05, store.add, [1])
    timer.start()
    outbox.wait(30)
    timer.join()
    assert time.monotonic() - started < 10
    assert len(claimed(outbox)) == 1


def test_what_comes_between_claim_and_wait_is_not_missed(
    store: OutboxStore, outbox: Outbox
) -> None:
    outbox.wait(0.01)
    with outbox.claim(10) as jobs:
        assert list(jobs) == []
        store.add(1)
    started = time.monotonic()
    outbox.wait(30)
    assert time.monotonic() - started < 10


def test_a_wait_without_a_job_ends_in_time(outbox: Outbox) -> None:
    outbox.wait(0.01)
    started = time.monotonic()
    outbox.wait(0.1)
    assert 0.05 < time.monotonic() - started < 10


def test_what_was_claimed_is_in_flight(store: OutboxStore, outbox: Outbox) -> None:
    added = store.add(3)
    assert outbox.in_flight() == []
    taken = claimed(outbox, 2)
    in_flight = outbox.in_flight()
    assert sorted(job.uuid for job in in_flight) == sorted(taken) == sorted(added[:2])
    assert {(job.attempt, job.state) for job in in_flight} == {(1, State.ENQUEUED)}
    assert all(0 <= job.claimed_seconds < 60 for job in in_flight)
    assert all(job.message_id == f"{job.uuid}.1" for job in in_flight)


def test_a_rescued_job_is_claimed_again_as_the_next_attempt(
    store: OutboxStore, outbox: Outbox
) -> None:
    lost, kept = store.add(2)
    claimed(outbox)
    orphans = [job for job in outbox.in_flight() if job.uuid == lost]
    assert outbox.rescue(orphans, begun=True) == [lost]
    assert [job.uuid for job in outbox.in_flight()] == [kept]
    with outbox.claim(10) as jobs:
        assert [(job.uuid, job.attempt) for job in jobs] == [(lost, 2)]


def test_two_rescuers_put_a_job_back_once(
    store: OutboxStore, outbox: Outbox, other: Outbox
) -> None:
    store.add(1)
    claimed(outbox)
    orphans = outbox.in_flight()
    assert len(outbox.rescue(orphans, begun=True)) == 1
    assert other.rescue(orphans, begun=True) == []


def test_the_rescue_of_an_old_attempt_does_nothing(store: OutboxStore, outbox: Outbox) -> None:
    store.add(1)
    claimed(outbox)
    orphans = outbox.in_flight()
    outbox.rescue(orphans, begun=True)
    claimed(outbox)
    assert outbox.rescue(orphans, begun=True) == []
    assert [job.attempt for job in outbox.in_flight()] == [2]
