"""What the rescue takes for lost, on in-memory parts and a clock of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pytest

from odoo_bridge.job import InFlight, State
from odoo_bridge.outbox.rescue import PATIENCE, SETTLED, Place, Rescue, locate
from odoo_bridge.testing import MemoryLeases, MemoryOutbox

LONG_AGO = SETTLED + 1


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Table(MemoryOutbox):
    """An outbox whose jobs in flight are what the test says."""

    jobs: list[InFlight] = field(default_factory=list)
    rescued: list[str] = field(default_factory=list)
    begun: bool | None = None
    """Of the last rescue."""
    name: str = "table"

    def in_flight(self) -> list[InFlight]:
        return self.jobs

    def rescue(self, attempts: Sequence[InFlight], *, begun: bool) -> list[str]:
        self.begun = begun
        self.rescued += [each.message_id for each in attempts]
        self.jobs = [job for job in self.jobs if job not in attempts]
        return [each.uuid for each in attempts]


@dataclass
class Queues:
    """A broker in which these attempts wait."""

    waiting: set[str] = field(default_factory=set)

    def missing(self, attempts: Collection[InFlight]) -> list[InFlight]:
        return [each for each in attempts if each.message_id not in self.waiting]


def job(uuid: str, claimed_seconds: float = LONG_AGO) -> InFlight:
    return InFlight(uuid, 1, "default", State.STARTED, claimed_seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox() -> Table:
    return Table()


@pytest.fixture
def queues() -> Queues:
    return Queues()


@pytest.fixture
def leases(clock: Clock) -> MemoryLeases:
    return MemoryLeases(clock)


@pytest.fixture
def rescue(outbox: Table, leases: MemoryLeases, queues: Queues, clock: Clock) -> Rescue:
    return Rescue(outbox, leases, queues, clock)


def test_every_attempt_in_flight_has_a_place(leases: MemoryLeases, clock: Clock) -> None:
    leases.take("dead.1", 3)
    clock.now += 4
    leases.take("runs.1", 3)
    jobs = [job("runs"), job("dead"), job("waits"), job("lost"), job("new", 0.1)]
    places = locate(jobs, leases, Queues({"waits.1"}))
    assert {each.uuid: place for each, place in places.items()} == {
        "runs": Place.RUNNING,
        "dead": Place.LAPSED,
        "waits": Place.WAITING,
        "lost": Place.MISSING,
        "new": Place.WAITING,
    }


def test_what_runs_or_waits_is_left_alone(
    rescue: Rescue, outbox: Table, leases: MemoryLeases, queues: Queues, clock: Clock
) -> None:
    outbox.jobs = [job("runs"), job("waits")]
    queues.waiting = {"waits.1"}
    leases.take("runs.1", 1000)
    for _ in range(5):
        assert rescue.step() == []
        clock.now += PATIENCE


def test_a_lapsed_lease_is_rescued_at_once(
    rescue: Rescue, outbox: Table, leases: MemoryLeases, clock: Clock
) -> None:
    outbox.jobs = [job("dead", 0.5)]
    leases.take("dead.1", 3)
    assert rescue.step() == []
    clock.now += 3
    assert rescue.step() == ["dead"]
    assert outbox.begun is True


def test_what_is_missing_must_stay_missing(rescue: Rescue, outbox: Table, clock: Clock) -> None:
    outbox.jobs = [job("lost")]
    assert rescue.step() == []
    clock.now += PATIENCE / 2
    assert rescue.step() == []
    clock.now += PATIENCE / 2
    assert rescue.step() == ["lost"]
    assert outbox.begun is False  # a broker that is wiped again and again poisons nothing


def test_what_was_seen_again_is_not_suspected_of_its_past(
    rescue: Rescue, outbox: Table, queues: Queues, clock: Clock
) -> None:
    outbox.jobs = [job("slow")]
    rescue.step()
    queues.waiting = {"slow.1"}
    clock.now += PATIENCE
    assert rescue.step() == []
    queues.waiting = set()
    clock.now += PATIENCE
    assert rescue.step() == []


def test_a_new_attempt_is_not_the_old_one(rescue: Rescue, outbox: Table, clock: Clock) -> None:
    outbox.jobs = [job("again")]
    rescue.step()
    clock.now += PATIENCE
    outbox.jobs = [InFlight("again", 2, "default", State.ENQUEUED, LONG_AGO)]
    assert rescue.step() == []
