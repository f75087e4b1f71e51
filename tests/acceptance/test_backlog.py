"""A long backlog: memory stays flat, and what is urgent does not wait behind it.

FABRIC_TEST_BACKLOG sets how many jobs wait; 20,000 unless told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil
import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.acceptance.conftest import Fabric, wait_until

BACKLOG = int(os.environ.get("FABRIC_TEST_BACKLOG", "20000"))
AT_ONCE = 10_000
URGENT = 10
MEGABYTES = 200.0
"""Most that the relay, or any process of a worker, may hold."""
PROMPT = 1.0
"""Seconds from the commit of an urgent job to its start."""
NOTHING = {"model": "res.lang", "method": "search_count", "args": [[["id", "=", 0]]]}
WAITED = """
    SELECT state, extract(epoch FROM date_started - create_date) FROM celery_job WHERE id = %s
"""
FILL = """
    SELECT count(*) FROM (
        SELECT jsonb_agg(jsonb_build_object('params', %(params)s::jsonb)) AS jobs
        FROM generate_series(1, %(jobs)s)
    ) AS many, celery_job_enqueue(many.jobs, %(common)s)
"""


@pytest.fixture
def backlog(running: Fabric) -> Iterator[psycopg.Connection]:
    """Odoo's database with all those jobs in it, enqueued by Odoo's own statement, and the fabric
    at work on them."""
    common = {"task": "records.call", "queue": "default", "priority": 20, "max_attempts": 1,
              "user_id": running.admin.env.uid, "context": {}}  # fmt: skip
    with psycopg.connect(running.odoo.database_dsn, autocommit=True) as connection:
        for done in range(0, BACKLOG, AT_ONCE):
            jobs = min(AT_ONCE, BACKLOG - done)
            values = {"common": Jsonb(common), "params": Jsonb(NOTHING), "jobs": jobs}
            connection.execute(FILL, values)
        yield connection
        connection.execute("TRUNCATE celery_job CASCADE")


def pending(connection: psycopg.Connection) -> int:
    query = "SELECT count(*) FROM celery_job WHERE state = 'pending'"
    ((jobs,),) = connection.execute(query).fetchall()
    return int(jobs)


def largest_process(running: Fabric) -> dict[str, float]:
    """Resident megabytes of the largest process of the relay and of each worker."""
    found = {}
    for program in running.supervisor.status():
        if program.name == "relay" or program.name.startswith("worker-"):
            parent = psutil.Process(program.pid)
            family = (parent, *parent.children(recursive=True))
            found[program.name] = max(each.memory_info().rss for each in family) / 2**20
    return found


def seconds_to_start(running: Fabric, connection: psycopg.Connection) -> float:
    """From an urgent job's transaction until the worker began it, by one machine's clock."""
    job = running.enqueue("records.call", NOTHING, priority=1)

    def look() -> tuple[str, float]:
        ((state, seconds),) = connection.execute(WAITED, [job]).fetchall()
        return str(state), float(seconds or 0)

    wait_until(lambda: look()[0] == "done", 60)
    return look()[1]


def test_a_long_backlog_holds_up_nothing(running: Fabric, backlog: psycopg.Connection) -> None:
    wait_until(lambda: pending(backlog) < BACKLOG, 30)  # it is at work on them
    seconds = sorted(seconds_to_start(running, backlog) for _ in range(URGENT))
    memory = largest_process(running)
    left = pending(backlog)
    print(f"{left:,} pending: urgent jobs started after {seconds[0]:.3f} to {seconds[-1]:.3f} s")
    print(", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in memory.items()))
    assert left > BACKLOG / 2
    assert set(memory) == {"relay", "worker-default", "worker-compute"}
    assert max(memory.values()) < MEGABYTES
    assert seconds[-1] < PROMPT
