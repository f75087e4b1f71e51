"""``queue_job.perform``: jobs of OCA's queue_job, which ``celery_bridge_queue_job`` enqueues."""

from __future__ import annotations

from typing import Any

from odoo_bridge.errors import OdooRejected, Postponed
from odoo_bridge.job import Json
from odoo_bridge.rpc.queue_job import Standing
from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry

DAY = 24 * 3600.0


class QueueJobParams(Params):
    """Which job."""

    uuid: str
    """Of the ``queue.job``."""


@task(
    "queue_job.perform",
    queue="root",
    # For a busy Odoo; how often the job itself is tried again, queue_job says.
    retry=Retry(max_attempts=10, first=1.0, longest=60.0),
    time_limit=DAY,
)
def perform(job: Job, _params: QueueJobParams) -> Json:
    """Let Odoo perform a job of queue_job.

    The job's Python is a method of Odoo's models, so it runs there, in a transaction of its own;
    the worker begins it, waits for its end, and sees to it that it ends.
    """
    odoo: Any = job.odoo
    answer: Json = odoo.queue_job.perform()
    if answer["state"] == Standing.POSTPONED:
        raise Postponed(answer["error"], retry_in=answer["seconds"])
    if answer["state"] == Standing.FAILED:
        raise OdooRejected(answer["error"])
    return {"result": answer["result"]}
