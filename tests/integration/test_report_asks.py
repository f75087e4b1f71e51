"""Somebody joins a report in the very moment in which it is done."""

from __future__ import annotations

from threading import Thread

import psycopg
import pytest

from odoo_bridge.job import Verdict
from tests.acceptance.conftest import wait_until
from tests.integration.bulk_jobs import TASK, Jobs
from workers.embedded.instance import DevOdoo

JOIN = """
    WITH joined AS (
        UPDATE celery_job SET notify = true WHERE uuid = %(uuid)s RETURNING id, user_id
    ), ask AS (
        INSERT INTO celery_report_ask (job_id, user_id, keep_days)
        SELECT id, user_id, 1 FROM joined RETURNING id
    )
    INSERT INTO celery_report_ask_res_partner_rel SELECT id, %(partner)s FROM ask
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


def test_who_joins_while_the_write_back_waits_gets_the_file(jobs: Jobs, odoo: DevOdoo) -> None:
    (boss,) = jobs.call("res.partner", "create", [{"name": "Late", "email": "late@example.com"}])
    (asked,) = jobs.call("celery.job", "ask_for_report", TASK, {"place": "late"})
    (row,) = jobs.call("celery.job", "read", [asked], ["uuid"])
    job = jobs.job(jobs.claimed(row["uuid"]))
    job.attach("x.csv", b"a,b", "text/csv")
    verdicts: list[Verdict] = []
    with (
        psycopg.connect(odoo.database_dsn, autocommit=True) as watch,
        psycopg.connect(odoo.database_dsn) as joining,
    ):
        joining.execute(JOIN, {"uuid": row["uuid"], "partner": boss})
        writer = Thread(target=lambda: verdicts.append(jobs.commit(job)))
        writer.start()
        wait_until(lambda: watch.execute(WAITING, [odoo.database]).fetchone() != (0,), 30)
        joining.commit()
        writer.join()
    assert [each.state for each in verdicts] == ["done"]
    assert len(jobs.find("mail.mail", [("recipient_ids", "in", [boss])])) == 1
    # Whoever comes later has it made anew.
    assert jobs.call("celery.job", "ask_for_report", TASK, {"place": "late"}) != [asked]
