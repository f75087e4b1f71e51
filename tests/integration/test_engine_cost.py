"""What a claim costs does not grow with what waits: PostgreSQL's counters say so, not the clock.

FABRIC_TEST_BACKLOG sets how many jobs wait; 100,000 unless told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg
import pytest

from tests.integration import engine_schema
from tests.integration.engine import Engine

BACKLOG = int(os.environ.get("FABRIC_TEST_BACKLOG", "100000"))
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


def fill(engine: Engine, count: int, state: str, key: str | None = None) -> None:
    eta = "2999-01-01" if state == "scheduled" else None
    engine.execute("ALTER TABLE celery_job DISABLE TRIGGER USER")
    engine.execute(FILL, {"count": count, "state": state, "key": key, "eta": eta})
    engine.execute("ALTER TABLE celery_job ENABLE TRIGGER USER")
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


def test_a_long_transaction_makes_the_backlog_no_dearer(dsn: str, engine: Engine) -> None:
    def after_two_thousand_jobs(backlog: int) -> Cost:
        fresh(engine)
        fill(engine, backlog, "pending")
        with psycopg.connect(dsn) as long:
            long.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            long.execute("SELECT 1")
            for _ in range(20):
                engine.finish(*engine.claimed_ids(100))
            return cost(engine)

    small = after_two_thousand_jobs(3000)
    assert_flat(small, after_two_thousand_jobs(BACKLOG))
