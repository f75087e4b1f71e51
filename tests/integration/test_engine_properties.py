"""Random interleavings of all that happens to jobs never break what the engine promises.

Two connections take part: ``engine`` commits each step; ``other`` has a transaction of Odoo
(REPEATABLE READ) that stays open, with what it read and locked, while ``engine`` goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import IsolationLevel
from psycopg.errors import LockNotAvailable, SerializationFailure

from tests.integration import engine_schema
from tests.integration.engine import Engine

LIMITS = {"a": 1, "b": 2}
WINDOWS = {"default": 3, "narrow": 1}
TAKES_KEY = {"pending", "enqueued", "started"}
IN_FLIGHT = {"enqueued", "started"}
FINAL = {"done", "dead", "cancelled"}
OPTIONS = st.fixed_dictionaries(
    {
        "concurrency_key": st.sampled_from([None, *LIMITS]),
        "queue": st.sampled_from(list(WINDOWS)),
        "eta": st.sampled_from([None, "2999-01-01 00:00:00"]),
        "priority": st.integers(1, 3),
        "on_failure": st.booleans(),
    }
)
TURN_CLOCK = "UPDATE celery_job SET eta = '2000-01-01' WHERE state IN ('scheduled', 'waiting')"


@pytest.fixture(scope="module")
def engines(postgres_dsn: str) -> Iterator[tuple[Engine, Engine]]:
    with closing(Engine(postgres_dsn)) as engine, closing(Engine(postgres_dsn)) as other:
        engine_schema.install(engine.connection)
        # What the other transaction has locked is not waited for: nobody would end it meanwhile.
        engine.execute("SET lock_timeout = '20ms'")
        other.connection.autocommit = False
        other.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        yield engine, other


class Jobs(RuleBasedStateMachine):
    """What users, relays and workers do, in any order."""

    engine: Engine
    other: Engine

    def __init__(self) -> None:
        super().__init__()
        self.engine.clear()
        for queue, window in WINDOWS.items():
            self.engine.queue(queue, window_size=window)
        self.expected: set[int] = set()
        self.attempts: Counter[int] = Counter()
        self.they_are_at_work = False
        self.theirs: set[int] = set()
        """Jobs that the open transaction has enqueued."""
        self.their_attempts: list[int] = []
        """Jobs that it has claimed."""

    @rule(options=OPTIONS, on=st.lists(st.integers(0, 100), max_size=2), count=st.integers(1, 3))
    def enqueue(self, options: dict[str, object], on: list[int], count: int) -> None:
        job = {name: value for name, value in options.items() if value}
        if key := options["concurrency_key"]:
            job["concurrency_limit"] = LIMITS[str(key)]
        on_failure = job.pop("on_failure", False)
        if uuids := self.uuids(on):
            job["on_failure_of" if on_failure else "depends_on"] = uuids
        self.expected.update(self.engine.enqueue(*[job] * count))

    @rule(scope=st.sampled_from(["until_started", "until_done", "replace"]))
    def enqueue_once(self, scope: str) -> None:
        same = {"identity_key": scope, "identity_scope": scope}
        first, second = self.engine.enqueue(same, same)
        assert first == second
        self.expected.add(first)

    @rule(limit=st.integers(1, 5))
    def claim(self, limit: int) -> None:
        paused = {
            row["name"] for row in self.engine.execute("SELECT name FROM celery_queue WHERE paused")
        }
        for job in self.engine.claim(limit):
            assert job["queue"] not in paused
            [row] = self.engine.execute(
                "SELECT id, attempt FROM celery_job WHERE uuid = %s", [job["uuid"]]
            )
            self.attempts[row["id"]] += 1
            assert job["attempt"] == row["attempt"] == self.attempts[row["id"]]

    @rule(limit=st.integers(1, 5))
    def claimer_crashes(self, limit: int) -> None:
        before = self.engine.states()
        with self.engine.connection.transaction(force_rollback=True):
            self.engine.claim(limit)
        assert self.engine.states() == before

    @rule(
        which=st.integers(0, 100),
        state=st.sampled_from(["done", "dead", "scheduled"]),
        counts=st.booleans(),
    )
    def write_back(self, which: int, state: str, counts: bool) -> None:
        if jobs := self.having(IN_FLIGHT):
            job = jobs[which % len(jobs)]
            with suppress(LockNotAvailable):
                self.engine.finish(job, state=state, retry_in=3600.0, counts=counts)

    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        if jobs := list(self.engine.states()):
            with suppress(LockNotAvailable):
                self.engine.cancel(jobs[which % len(jobs)])

    @rule(which=st.integers(0, 100))
    def put_back(self, which: int) -> None:
        jobs = [
            job
            for job in self.having({"dead", "cancelled"})
            if self.engine.job(job)["identity_key"] is None
        ]
        if jobs:
            with suppress(LockNotAvailable):
                self.engine.requeue(jobs[which % len(jobs)])

    @rule(which=st.integers(0, 100))
    def rescue(self, which: int) -> None:
        flying = self.engine.execute("SELECT * FROM celery_job_in_flight()")
        assert len(flying) == len(self.having(IN_FLIGHT))
        if flying:
            job = flying[which % len(flying)]
            rescued = self.engine.execute(
                "SELECT * FROM celery_job_rescue(%s, %s)", [[job["uuid"]], [job["attempt"]]]
            )
            # What they hold locked is being written back or cancelled: no orphan.
            assert [row["uuid"] for row in rescued] == [job["uuid"]] or self.they_are_at_work

    @rule()
    def the_clock_jumps(self) -> None:
        with suppress(LockNotAvailable):
            self.engine.execute(TURN_CLOCK)

    @rule(queue=st.sampled_from(list(WINDOWS)), paused=st.booleans())
    def pause(self, queue: str, paused: bool) -> None:
        self.engine.queue(queue, paused=paused)

    @precondition(lambda self: not self.they_are_at_work)
    @rule()
    def they_begin(self) -> None:
        """From here on they see the jobs as they are now."""
        self.other.execute("SELECT FROM celery_job")
        self.they_are_at_work = True

    @precondition(lambda self: self.they_are_at_work)
    @rule(
        what=st.sampled_from(["enqueue", "cancel", "write_back", "claim"]),
        options=OPTIONS,
        which=st.integers(0, 100),
    )
    def they_act(self, what: str, options: dict[str, object], which: int) -> None:
        try:
            with self.other.connection.transaction():
                self.they_do(what, options, which)
        except SerializationFailure:  # what they saw has changed: Odoo would start again
            self.they_end(commit=False)

    def they_do(self, what: str, options: dict[str, object], which: int) -> None:
        if what == "enqueue":
            job = {name: options[name] for name in ("queue", "eta", "priority") if options[name]}
            if key := options["concurrency_key"]:
                job |= {"concurrency_key": key, "concurrency_limit": LIMITS[str(key)]}
            self.theirs.update(self.other.enqueue(job))
        elif what == "claim":
            self.their_attempts += self.other.claimed_ids(3)
        else:
            wanted = IN_FLIGHT if what == "write_back" else {"pending", "parked", *IN_FLIGHT}
            states = self.other.states()
            jobs = [job for job, state in states.items() if state in wanted]
            if jobs and what == "write_back":
                self.other.finish(jobs[which % len(jobs)])
            elif jobs:
                self.other.cancel(jobs[which % len(jobs)])

    @precondition(lambda self: not self.they_are_at_work)
    @rule(limit=st.integers(1, 5))
    def they_claim_by_an_old_snapshot(self, limit: int) -> None:
        """As a claim over RPC that was overtaken by the relay's, of jobs that it does not see."""
        self.expected.update(self.engine.enqueue(*[{"priority": 1}] * limit))
        self.claim(0)  # no wake row is left that both would delete
        self.they_begin()
        self.expected.update(self.engine.enqueue(*[{"priority": 0}] * limit))
        self.claim(limit)
        self.they_act("claim", {}, 0)
        if self.they_are_at_work:
            self.they_end(commit=True)

    @precondition(lambda self: self.they_are_at_work)
    @rule(commit=st.booleans())
    def they_end(self, commit: bool) -> None:
        if commit:
            self.other.connection.commit()
            self.expected |= self.theirs
            self.attempts.update(self.their_attempts)
        else:
            self.other.connection.rollback()
        self.they_are_at_work, self.theirs, self.their_attempts = False, set(), []

    @invariant()
    def no_job_is_lost_or_doubled(self) -> None:
        assert set(self.engine.states()) == self.expected

    @invariant()
    def keys_and_windows_hold(self) -> None:
        rows = self.engine.execute("SELECT queue, concurrency_key, state FROM celery_job")
        keys = Counter(row["concurrency_key"] for row in rows if row["state"] in TAKES_KEY)
        queues = Counter(row["queue"] for row in rows if row["state"] in IN_FLIGHT)
        assert all(keys[key] <= limit for key, limit in LIMITS.items())
        assert all(queues[queue] <= window for queue, window in WINDOWS.items())

    def teardown(self) -> None:
        """Every job reaches a final state when the machine drains, and no wake row is left."""
        if self.they_are_at_work:
            self.they_end(commit=True)
        for queue in WINDOWS:
            self.engine.queue(queue, paused=False)
        self.the_clock_jumps()
        for _ in range(10 * len(self.expected) + 10):
            self.engine.claim(100)
            if not (flying := self.having(IN_FLIGHT)):
                break
            self.engine.finish(*flying)
        self.engine.claim(100)
        assert set(self.engine.states().values()) <= FINAL
        assert self.engine.execute("SELECT * FROM celery_job_wake") == []

    def having(self, states: set[str]) -> list[int]:
        return [job for job, state in self.engine.states().items() if state in states]

    def uuids(self, places: list[int]) -> list[str]:
        known = [
            row["uuid"] for row in self.engine.execute("SELECT uuid FROM celery_job ORDER BY id")
        ]
        return list({known[place % len(known)] for place in places}) if known else []


def test_the_promises_hold(engines: tuple[Engine, Engine]) -> None:
    Jobs.engine, Jobs.other = engines
    run_state_machine_as_test(
        Jobs,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
