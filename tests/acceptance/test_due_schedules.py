"""Schedules that an admin edits in Odoo, run by the fabric's beat and workers."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.acceptance.conftest import Fabric, wait_until


def test_a_due_schedule_runs_once_and_is_planned_again(running: Fabric) -> None:
    (task,) = running.call("celery.task", "search", [["name", "=", "reports.sales"]])
    values = {"name": "Sales, hourly", "task_id": task, "cron": "0 * * * *", "tz": "UTC"}
    (schedule,) = running.call("celery.schedule", "create", [values])
    running.call("celery.schedule", "write", [schedule], {"next_at": "2026-01-01 00:00:00"})

    def jobs() -> list[int]:
        found: list[int] = running.call(
            "celery.job", "search", [["description", "=", "Sales, hourly"]]
        )
        return found

    wait_until(lambda: bool(jobs()), 60)
    (row,) = running.call(
        "celery.schedule", "read", [schedule], ["next_at", "last_job_id", "error"]
    )
    assert row["error"] is False
    assert [row["last_job_id"][0]] == jobs()
    assert datetime.fromisoformat(row["next_at"]).replace(tzinfo=UTC) > datetime.now(UTC)
    assert running.wait_for_job(jobs()[0])["state"] == "done"
    running.call("celery.schedule", "unlink", [schedule])
