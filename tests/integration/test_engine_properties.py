"""Random interleavings of all that happens to jobs never break what the engine promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

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
def engine(postgres_dsn: str) -> Iterator[Engine]:
    with closing(Engine(postgres_dsn)) as engine:
        engine_schema.install(engine.connection)
        yield engine


class Jobs(RuleBasedStateMachine):
    """What users, relays and workers do, in any order."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.engine.clear()
        for queue, window in WINDOWS.items():
            self.engine.queue(queue, window_size=window)
        self.expected: set[int] = set()
        self.attempts: Counter[int] = Counter()

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
            self.engine.finish(job, state=state, retry_in=3600.0, counts=counts)

    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        if jobs := list(self.engine.states()):
            self.engine.cancel(jobs[which % len(jobs)])

    @rule(which=st.integers(0, 100))
    def put_back(self, which: int) -> None:
        jobs = [
            job
            for job in self.having({"dead", "cancelled"})
            if self.engine.job(job)["identity_key"] is None
        ]
        if jobs:
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
            assert [row["uuid"] for row in rescued] == [job["uuid"]]

    @rule()
    def the_clock_jumps(self) -> None:
        self.engine.execute(TURN_CLOCK)

    @rule(queue=st.sampled_from(list(WINDOWS)), paused=st.booleans())
    def pause(self, queue: str, paused: bool) -> None:
        self.engine.queue(queue, paused=paused)

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


def test_the_promises_hold(engine: Engine) -> None:
    Jobs.engine = engine
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
