"""A worker's call may reach Odoo before the claim that its job was published by is committed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from benchmarks.waiting import until
from odoo_bridge.job import Json
from odoo_bridge.rpc import Account, Addon, connect
from workers.embedded.instance import DevOdoo

WAITERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
AGAIN = "SERIALIZATION_FAILURE"
"""What Odoo logs before it sleeps and runs a call again (odoo.service.model.retrying)."""


def read(addon: Addon, subject: Json) -> Any:
    return addon.read_as(subject, "res.partner", "search_count", [[]], {}) > 0


def write_back(addon: Addon, subject: Json) -> Any:
    outcome = {"subject": subject, "state": "done", "result": 7, "operations": []}
    (verdict,) = addon.write_back([outcome])
    return verdict["accepted"]


@pytest.mark.parametrize("call", [read, write_back])
def test_it_waits_for_the_commit_and_no_longer(
    odoo: DevOdoo, call: Callable[[Addon, Json], Any]
) -> None:
    service = Addon(connect(Account(odoo.url, odoo.database, odoo.login, odoo.api_key)))
    uuid = enqueued(odoo, service)
    slept = odoo.log.read_text("utf-8").count(AGAIN)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(odoo.database_dsn) as claim:
        claim.execute("SELECT FROM celery_job_claim(100)")
        answer = pool.submit(call, service, {"uuid": uuid, "attempt": 1})
        with psycopg.connect(odoo.database_dsn, autocommit=True) as looker:
            until(lambda: looker.execute(WAITERS).fetchone() == (1,), 30, "the call waits")
        claim.commit()
        assert answer.result(30)
    assert odoo.log.read_text("utf-8").count(AGAIN) == slept


def enqueued(odoo: DevOdoo, service: Addon) -> str:
    """The UUID of a new job."""
    task = {"name": "test.early", "queue": "early", "schema": {}, "max_attempts": 1}
    service.register_tasks([task])
    admin = connect(Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key))
    (job,) = admin.execute_kw("celery.job", "enqueue", ["test.early", {}])
    (row,) = admin.execute_kw("celery.job", "read", [[job], ["uuid"]])
    return str(row["uuid"])
