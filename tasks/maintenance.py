"""Periodic upkeep, started by beat. Not jobs: twice at once, or once too few, does no harm."""

from __future__ import annotations

import structlog

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Json
from odoo_bridge.ledger.retention import Retention
from odoo_bridge.rpc import Addon
from tasks.schedules import FORMAT, Schedule, from_odoo

log = structlog.get_logger(__name__)

PLANNED = 5
"""Runs that a schedule's form shows."""


def prune_deliveries(retention: Retention, keep_days: int = 30) -> int:
    """Forget the days of deliveries that ended well over ``keep_days`` ago; how many days.

    Makes the partitions of the days to come, as well.
    """
    retention.add_days()
    days = retention.prune(keep_days)
    log.info("deliveries.pruned", days=days, keep_days=keep_days)
    return days


def run_schedules(addon: Addon) -> int:
    """Enqueue what Odoo's schedules say is due; how many jobs that made.

    A schedule that was missed while nothing ran is made up for once, not once a missed time.
    Odoo moves a schedule only from where this worker saw it: two beats enqueue one job.
    """
    answer = addon.due_schedules()
    jobs = [_run(addon, row, answer["now"]) for row in answer["schedules"]]
    return sum(1 for job in jobs if job)


def _run(addon: Addon, row: Json, now: str) -> int:
    runs, error = [""], ""
    try:
        planned = Schedule.from_row(row).runs(from_odoo(now), PLANNED)
        runs = [run.strftime(FORMAT) for run in planned]
    except InvalidParams as wrong:
        error = str(wrong)
    then, *upcoming = runs
    job = addon.run_schedule(row["id"], row["next_at"], then, error, upcoming)
    log.info("schedule.run", schedule=row["id"], job=job, next_at=then, error=error or None)
    return job
