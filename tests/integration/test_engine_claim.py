"""The claim, in a plain PostgreSQL: keys, queues, rates, and what waits on others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from psycopg import IsolationLevel
from psycopg.errors import SerializationFailure

from tests.integration import engine_schema
from tests.integration.engine import Engine


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> str:
    with closing(Engine(postgres_dsn)) as engine:
        engine_schema.install(engine.connection)
    return postgres_dsn


@pytest.fixture
def engine(dsn: str) -> Iterator[Engine]:
    with closing(Engine(dsn)) as engine:
        engine.clear()
        yield engine


@pytest.fixture
def other(dsn: str) -> Iterator[Engine]:
    with closing(Engine(dsn)) as engine:
        yield engine


def keyed(
    engine: Engine, count: int, key: str = "k", limit: int = 1, **options: object
) -> list[int]:
    job = {"concurrency_key": key, "concurrency_limit": limit}
    return engine.enqueue(*[job] * count, **options)


def wakes(engine: Engine) -> int:
    return len(engine.execute("SELECT FROM celery_job_wake"))


class TestKeys:
    @pytest.mark.parametrize("limit", [1, 3])
    def test_never_more_than_the_limit_in_flight(self, engine: Engine, limit: int) -> None:
        jobs = keyed(engine, 7, limit=limit)
        assert set(engine.states().values()) == {"parked"}
        assert engine.claimed() == jobs[:limit]
        assert engine.claimed() == []
        engine.finish(jobs[0])
        assert engine.claimed() == [jobs[limit]]
        assert wakes(engine) == 0

    def test_each_key_has_its_own_room(self, engine: Engine) -> None:
        first, second = keyed(engine, 2, "a"), keyed(engine, 2, "b")
        assert engine.claimed() == [first[0], second[0]]

    @pytest.mark.parametrize("end", ["dead", "scheduled"])
    def test_a_failure_and_a_retry_leave_room(self, engine: Engine, end: str) -> None:
        jobs = keyed(engine, 2)
        engine.claim()
        engine.finish(jobs[0], state=end, retry_in=3600.0)
        assert engine.claimed() == [jobs[1]]

    def test_a_retry_stands_in_line_when_it_is_due(self, engine: Engine) -> None:
        jobs = keyed(engine, 2)
        engine.claim()
        engine.finish(jobs[0], state="scheduled", retry_in=3600.0)
        engine.claim()
        engine.due(jobs[0])
        assert engine.claimed() == []
        assert engine.states()[jobs[0]] == "parked"
        engine.finish(jobs[1])
        assert engine.claimed() == [jobs[0]]

    def test_a_cancelled_job_leaves_room(self, engine: Engine) -> None:
        jobs = keyed(engine, 3)
        engine.claim()
        engine.cancel(jobs[0], jobs[1])
        assert engine.claimed() == [jobs[2]]

    def test_priority_within_a_key(self, engine: Engine) -> None:
        late = keyed(engine, 1, priority=20)
        soon = keyed(engine, 1, priority=5)
        assert engine.claimed() == soon
        engine.finish(*soon)
        assert engine.claimed() == late

    def test_keys_take_turns(self, engine: Engine) -> None:
        engine.queue(window_size=1)
        first, second = keyed(engine, 3, "a"), keyed(engine, 3, "b")
        order = []
        for _ in range(6):
            [job] = engine.claimed()
            order.append("a" if job in first else "b")
            engine.finish(job)
        assert len(second) == 3
        assert "".join(order) == "ababab"

    def test_a_paused_queue_does_not_hold_a_key(self, engine: Engine) -> None:
        engine.queue("shut", paused=True)
        shut = keyed(engine, 2, queue="shut", priority=1)
        free = keyed(engine, 1)
        assert engine.claimed() == free
        engine.finish(*free)
        assert engine.claimed() == []
        engine.queue("shut", paused=False)
        assert engine.claimed() == [shut[0]]

    def test_a_queue_paused_later_gives_the_key_back(self, engine: Engine) -> None:
        engine.queue("narrow", window_size=1)
        engine.enqueue(queue="narrow")
        narrow = keyed(engine, 1, queue="narrow")
        free = keyed(engine, 1)
        engine.claim()
        assert engine.states()[narrow[0]] == "pending"
        engine.queue("narrow", paused=True)
        assert engine.claimed() == free
        assert engine.states()[narrow[0]] == "parked"

    def test_a_lost_wake_up_is_found_by_the_sweep(self, engine: Engine) -> None:
        jobs = keyed(engine, 1)
        engine.execute("DELETE FROM celery_job_wake")
        assert engine.claimed() == []
        engine.execute("UPDATE celery_sweep SET next_at = '-infinity'")
        assert engine.claimed() == jobs

    def test_the_sweep_walks_over_any_number_of_keys(self, engine: Engine) -> None:
        engine.enqueue(*({"concurrency_key": f"k{n:03}"} for n in range(250)))
        engine.queue(window_size=1000)
        engine.execute("DELETE FROM celery_job_wake")
        engine.execute("UPDATE celery_sweep SET next_at = '-infinity'")
        assert [len(engine.claim(1000)) for _ in range(4)] == [100, 100, 50, 0]

    def test_a_candidate_that_someone_holds_is_looked_at_again(
        self, engine: Engine, other: Engine
    ) -> None:
        jobs = keyed(engine, 2)
        with other.connection.transaction():
            other.execute("UPDATE celery_job SET params = '{}' WHERE id = %s", [jobs[0]])
            assert engine.claimed() == []
        assert engine.claimed() == [jobs[0]]

    def test_a_rescued_job_keeps_its_place(self, engine: Engine) -> None:
        jobs = keyed(engine, 2)
        [job] = engine.claim()
        engine.execute("SELECT * FROM celery_job_rescue(%s, %s)", [[job["uuid"]], [1]])
        assert engine.claimed() == [jobs[0]]


class TestQueues:
    def test_the_rate(self, engine: Engine) -> None:
        engine.queue(rate=2.0, burst=3)
        jobs = engine.enqueue(*[{}] * 8)
        assert engine.claimed() == jobs[:3]
        assert engine.claimed() == []
        back = "UPDATE celery_queue_bucket SET filled_at = filled_at - interval '1 second'"
        engine.execute(back)
        assert engine.claimed() == jobs[3:5]
        for _ in range(100):
            engine.execute(back)
        assert engine.claimed() == jobs[5:8]

    def test_tokens_come_back_with_a_claim_that_failed(self, engine: Engine) -> None:
        engine.queue(rate=1.0)
        jobs = engine.enqueue({})
        with engine.connection.transaction(force_rollback=True):
            assert engine.claimed() == jobs
        assert engine.claimed() == jobs


class TestTurns:
    def test_a_stale_snapshot_starts_again(self, engine: Engine, other: Engine) -> None:
        other.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        engine.queue(window_size=1)
        engine.enqueue({}, {})

        def claim_over_rpc() -> None:
            with other.connection.transaction():
                other.execute("SELECT 1 FROM celery_job LIMIT 1")
                engine.claim()
                other.claim()

        with pytest.raises(SerializationFailure, match="faster"):
            claim_over_rpc()
        with other.connection.transaction():
            assert other.claim() == []


class TestDependencies:
    def graph(self, engine: Engine, *jobs: dict[str, object], **common: object) -> list[int]:
        return engine.enqueue(*jobs, **common)

    def test_one_after_the_other(self, engine: Engine) -> None:
        a, b = engine.enqueue({"uuid": "a"}, {"uuid": "b", "depends_on": ["a"]})
        assert engine.states() == {a: "pending", b: "waiting"}
        assert engine.claimed() == [a]
        engine.finish(a)
        assert engine.claimed() == [b]
        assert wakes(engine) == 0

    def test_after_all_of_them(self, engine: Engine) -> None:
        ids = engine.enqueue({"uuid": "a"}, {"uuid": "b"}, {"uuid": "c", "depends_on": ["a", "b"]})
        engine.claim()
        engine.finish(ids[0])
        assert engine.claimed() == []
        engine.finish(ids[1])
        assert engine.claimed() == [ids[2]]

    def test_what_has_ended_before(self, engine: Engine) -> None:
        [a] = engine.enqueue({"uuid": "a"})
        engine.claim()
        engine.finish(a)
        [b] = engine.enqueue({"depends_on": ["a"]})
        assert engine.claimed() == [b]

    def test_it_still_heeds_eta_and_key(self, engine: Engine) -> None:
        a, b, c = engine.enqueue(
            {"uuid": "a"},
            {"depends_on": ["a"], "eta": "2999-01-01 00:00:00"},
            {"depends_on": ["a"], "concurrency_key": "k"},
        )
        engine.claim()
        engine.finish(a)
        assert engine.claimed() == [c]
        assert engine.states()[b] == "scheduled"

    @pytest.mark.parametrize("end", ["dead", "cancelled"])
    def test_a_failure_cancels_all_that_follows(self, engine: Engine, end: str) -> None:
        names = [f"j{n}" for n in range(50)]
        ids = engine.enqueue(
            {"uuid": names[0]},
            *({"uuid": name, "depends_on": [last]} for last, name in pairwise(names)),
        )
        engine.claim()
        engine.finish(ids[0], state="dead") if end == "dead" else engine.cancel(ids[0])
        assert engine.claimed() == []
        assert set(list(engine.states().values())[1:]) == {"cancelled"}
        assert "depends on" in engine.job(ids[-1])["error"]

    def test_the_failure_branch(self, engine: Engine) -> None:
        a, b, alarm = engine.enqueue(
            {"uuid": "a"},
            {"uuid": "b", "depends_on": ["a"]},
            {"uuid": "alarm", "on_failure_of": ["a", "b"]},
        )
        engine.claim()
        engine.finish(a, state="dead")
        assert engine.claimed() == [alarm]
        assert engine.states()[b] == "cancelled"

    def test_the_failure_branch_is_cancelled_when_all_went_well(self, engine: Engine) -> None:
        a, b, alarm = engine.enqueue({"uuid": "a"}, {"uuid": "b"}, {"on_failure_of": ["a", "b"]})
        engine.claim()
        engine.finish(a, b)
        assert engine.claimed() == []
        assert engine.states()[alarm] == "cancelled"

    def test_the_result_of_a_dependency(self, engine: Engine) -> None:
        params = {"rows": {"$result": 1}, "list": [{"$result": 0}, 5, {"$result": 7}], "n": {}}
        a, b, _c = engine.enqueue(
            {"uuid": "a"}, {"uuid": "b"}, {"depends_on": ["a", "b"], "params": params}
        )
        engine.claim()
        engine.finish(a, result={"id": 1})
        engine.finish(b, result="x")
        [job] = engine.claim()
        assert job["params"] == {"rows": "x", "list": [{"id": 1}, 5, None], "n": {}}

    def test_put_back_with_what_it_waits_on(self, engine: Engine) -> None:
        a, b = engine.enqueue({"uuid": "a"}, {"depends_on": ["a"]})
        engine.claim()
        engine.finish(a, state="dead")
        engine.claim()
        assert engine.states() == {a: "dead", b: "cancelled"}
        engine.requeue(a, b)
        assert engine.claimed() == [a]
        assert engine.states()[b] == "waiting"
        engine.finish(a)
        assert engine.claimed() == [b]

    def test_put_back_with_all_that_was_cancelled_with_it(self, engine: Engine) -> None:
        a, b, c, alarm, mine = engine.enqueue(
            {"uuid": "a"},
            {"uuid": "b", "depends_on": ["a"]},
            {"uuid": "c", "depends_on": ["b"]},
            {"on_failure_of": ["b", "c"]},
            {"depends_on": ["a"]},
        )
        engine.cancel(mine)
        engine.claim()
        engine.finish(a, state="dead")
        for _ in range(3):
            engine.claim()
        assert set(engine.states().values()) == {"dead", "cancelled"}
        assert sorted(engine.requeue(a)) == [a, b, c, alarm]
        for step in (a, b, c):
            assert engine.claimed() == [step]
            engine.finish(step)
        assert engine.claimed() == []
        assert set(engine.states().values()) == {"done", "cancelled"}
        assert engine.job(mine)["error"] is None
        assert engine.job(alarm)["error"] == "Nothing failed that this job would follow."

    def test_what_has_not_failed_takes_nothing_back(self, engine: Engine) -> None:
        a, b, c = engine.enqueue({"uuid": "a"}, {"uuid": "b"}, {"depends_on": ["a", "b"]})
        engine.claim()
        engine.finish(a)
        engine.finish(b, state="dead")
        engine.claim()
        assert engine.requeue(a) == []
        assert engine.states() == {a: "done", b: "dead", c: "cancelled"}

    def test_a_wake_up_lost_to_a_race_is_found_by_the_sweep(self, engine: Engine) -> None:
        a, b = engine.enqueue({"uuid": "a"}, {"depends_on": ["a"]})
        engine.claim()
        engine.finish(a)
        engine.execute("DELETE FROM celery_job_wake")
        assert engine.claimed() == []
        engine.execute("UPDATE celery_sweep SET next_at = '-infinity'")
        assert engine.claimed() == [b]
