"""What a claim costs does not grow with what waits: PostgreSQL's counters say so, not the clock.

FABRIC_TEST_BACKLOG sets how many jobs wait; 30,000 unless told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.integration import engine_schema
from tests.integration.engine import Engine

BACKLOG = int(os.environ.get("FABRIC_TEST_BACKLOG", "30000"))
FILL = """
    INSERT INTO celery_job (
        uuid, task, queue, state, priority, attempt, max_attempts, rescues, concurrency_key,
        concurrency_limit, eta
    )
    SELECT gen_random_uuid()::text, 'demo.task', 'queue ' || n %% 5, %(state)s, n %% 3, 0, 3, 0,
           %(key)s, 1, %(eta)s
    FROM generate_series(1, %(count)s) AS n
"""
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM celery_job_claim(100)"
NEXT_FULL_LOOK = """
    SELECT set_config(
        'celery_job.memory',
        jsonb_set(current_setting('celery_job.memory')::jsonb, '{full_at}', %(at)s)::text, false
    )
"""
SCANS = """
    SELECT pg_stat_get_xact_numscans('celery_job'::regclass) AS of_table,
           pg_stat_get_xact_numscans('celery_job_ready_ranked'::regclass) AS of_ready
"""


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> str:
    with closing(Engine(postgres_dsn)) as engine:
        engine_schema.install(engine.connection)
    return postgres_dsn


@pytest.fixture
def engine(dsn: str) -> Iterator[Engine]:
    with closing(Engine(dsn)) as engine:
        fresh(engine)
        yield engine


def fresh(engine: Engine) -> None:
    engine.clear()
    for number in range(5):
        engine.queue(f"queue {number}", window_size=1000)
    engine.claim()


def fill(
    engine: Engine, count: int, state: str, key: str | None = None, *, analyze: bool = True
) -> None:
    eta = "2999-01-01" if state == "scheduled" else None
    engine.execute("ALTER TABLE celery_job DISABLE TRIGGER USER")
    engine.execute(FILL, {"count": count, "state": state, "key": key, "eta": eta})
    engine.execute("ALTER TABLE celery_job ENABLE TRIGGER USER")
    if analyze:
        engine.execute("ANALYZE celery_job")


@dataclass(frozen=True)
class Cost:
    """What one claim did, as PostgreSQL counted it."""

    pages: int
    """That it touched, in all its statements."""
    table_scans: int
    """Of celery_job from end to end."""
    ready_scans: int
    """Of the index of ready jobs."""
    milliseconds: float


def cost(engine: Engine) -> Cost:
    """Of a claim of 100 jobs, which is rolled back."""
    engine.execute("SELECT pg_stat_force_next_flush()")  # count from nought
    engine.execute("SELECT 1")
    with engine.connection.transaction(force_rollback=True):
        [plan] = engine.execute(EXPLAIN)[0]["QUERY PLAN"]
        assert plan["Plan"]["Actual Rows"] == 100
        [scans] = engine.execute(SCANS)
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return Cost(pages, scans["of_table"], scans["of_ready"], plan["Execution Time"])


def assert_flat(small: Cost, large: Cost) -> None:
    print(f"small {small}, large {large}")
    assert large.table_scans == 0
    assert large.ready_scans > 0
    assert large.pages <= 2 * small.pages


def test_a_large_backlog_costs_what_a_small_one_does(engine: Engine) -> None:
    fill(engine, 1000, "pending")
    small = cost(engine)
    for state in ("pending", "scheduled", "waiting", "done"):
        fill(engine, BACKLOG, state)
    assert_flat(small, cost(engine))


def test_a_hot_key_costs_nothing(engine: Engine) -> None:
    fill(engine, 1000, "pending")
    small = cost(engine)
    fill(engine, min(BACKLOG, 100_000), "parked", "hot")
    engine.execute("INSERT INTO celery_job_wake (key) SELECT 'hot' FROM generate_series(1, 10)")
    assert_flat(small, cost(engine))


def test_plans_made_for_an_empty_table_serve_a_full_one(dsn: str) -> None:
    with closing(Engine(dsn)) as engine:
        engine.execute("TRUNCATE celery_job CASCADE")
        engine.execute("ANALYZE celery_job")
        fresh(engine)
        fill(engine, 1000, "pending", analyze=False)
        small = cost(engine)
        for state in ("pending", "scheduled", "parked", "done"):
            fill(engine, BACKLOG, state, "hot" if state == "parked" else None, analyze=False)
        assert_flat(small, cost(engine))


def test_plans_made_for_a_full_table_serve_an_empty_one(engine: Engine) -> None:
    fill(engine, BACKLOG, "pending")
    cost(engine)
    engine.execute("DELETE FROM celery_job WHERE id > 1000")
    engine.execute("VACUUM ANALYZE celery_job")
    small = cost(engine)
    assert small.table_scans == 0
    assert small.pages < 50 * 100


@contextmanager
def long_transaction(dsn: str) -> Iterator[None]:
    """Meanwhile PostgreSQL throws nothing away."""
    with psycopg.connect(dsn) as long:
        long.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        long.execute("SELECT 1")
        yield


def go_on(engine: Engine) -> None:
    """The next looks go on from the marks, however long it took to come here."""
    engine.execute(NEXT_FULL_LOOK, {"at": "1e12"})


def look_at_all(engine: Engine) -> None:
    engine.execute(NEXT_FULL_LOOK, {"at": "0"})


def drain(engine: Engine, jobs: int) -> None:
    for _ in range(jobs // 100):
        engine.finish(*engine.claimed_ids(100))


def test_a_long_transaction_makes_the_backlog_no_dearer(dsn: str, engine: Engine) -> None:
    def after_two_thousand_jobs(backlog: int) -> Cost:
        fresh(engine)
        fill(engine, backlog, "pending")
        with long_transaction(dsn):
            drain(engine, 2000)
            return cost(engine)

    small = after_two_thousand_jobs(3000)
    assert_flat(small, after_two_thousand_jobs(BACKLOG))


def test_what_a_long_transaction_keeps_is_stepped_over_seldom(dsn: str, engine: Engine) -> None:
    fill(engine, 20_000, "pending")
    drain(engine, 100)
    small = cost(engine)
    with long_transaction(dsn):
        drain(engine, 8000)
        go_on(engine)
        assert_flat(small, cost(engine))
        look_at_all(engine)
        assert cost(engine).pages > 2 * small.pages  # so it is worth it


def test_a_look_from_the_marks_sees_what_is_urgent(dsn: str, engine: Engine) -> None:
    fill(engine, 6000, "pending")
    with long_transaction(dsn):
        drain(engine, 3000)
        go_on(engine)
        soon, late = engine.enqueue({"priority": -1}, {"priority": 99}, queue="queue 0")
        between = engine.enqueue({"priority": 1}, queue="queue 0")
        go_on(engine)
        found = engine.claimed_ids(1)
        assert found == [soon]
        assert engine.job(late)["state"] == engine.job(between[0])["state"] == "pending"


def test_a_full_look_sees_what_is_behind_a_mark(dsn: str, engine: Engine) -> None:
    """As a job of a transaction that took its time to commit, or one that was rescued."""
    fill(engine, 6000, "pending")
    with long_transaction(dsn):
        [first] = engine.claim(1)
        drain(engine, 3000)
        engine.execute(
            "SELECT * FROM celery_job_rescue(%s, %s)", [[first["uuid"]], [first["attempt"]]]
        )
        go_on(engine)
        assert first["uuid"] not in {job["uuid"] for job in engine.claim(1)}
        look_at_all(engine)
        assert [job["uuid"] for job in engine.claim(1)] == [first["uuid"]]


def test_the_marks_go_back_with_a_claim_that_failed(dsn: str, engine: Engine) -> None:
    fill(engine, 6000, "pending")
    with long_transaction(dsn):
        drain(engine, 3000)
        go_on(engine)
        with engine.connection.transaction(force_rollback=True):
            lost = {job["uuid"] for job in engine.claim(10)}
            engine.claim(10)
        go_on(engine)
        assert {job["uuid"] for job in engine.claim(10)} == lost
