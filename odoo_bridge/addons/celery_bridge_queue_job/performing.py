"""Performing a job of queue_job for a Celery worker, once however often it is asked for.

The row of ``queue.job`` is the truth: its state says what there is to do, and the row of
``queue.job.lock`` that is locked while the job's method runs says whether somebody does it now. All
the rest is OCA's own code (``queue_job.controllers.main.RunJobController``).
"""

import logging

from odoo.addons.queue_job.controllers.main import RunJobController
from odoo.addons.queue_job.job import CANCELLED, DONE, FAILED, STARTED, WAIT_DEPENDENCIES, Job

from .statements import statement

_logger = logging.getLogger(__name__)

BUSY = {"state": "busy"}


def perform(env, uuid):
    """Perform it if it is due, and tell how it stands then; ``None`` when it is not to run.

    Commits. ``env`` is a superuser's.
    """
    row = _look(env, uuid)
    if row and row["state"] == STARTED:
        if not _run(env, "revive", uuid):
            return BUSY
        row = _look(env, uuid)
    if not row or row["state"] in (CANCELLED, WAIT_DEPENDENCIES):
        return None
    if row["state"] not in (DONE, FAILED) and row["seconds"] <= 0:
        _perform_now(env, uuid)
        row = _look(env, uuid)
    elif row["state"] == DONE:
        # Whoever did it may not have come so far.
        RunJobController._enqueue_dependent_jobs(env, Job.load(env, uuid))
    return _answer(row)


def _perform_now(env, uuid):
    _run(env, "enqueue", uuid)
    job = RunJobController._acquire_job(env, uuid)
    if not job:
        return
    try:
        RunJobController._runjob(env, job)
    except Exception as error:  # OCA's code has stored and logged it
        _logger.info("job %s failed: %s", uuid, error)
        env.cr.rollback()


def _answer(row):
    if not row:
        return None
    if row["state"] == DONE:
        return {"state": "done", "result": row["result"] or ""}
    if row["state"] == FAILED:
        return {"state": "failed", "error": f"{row['exc_name']}: {row['exc_message']}"}
    if row["state"] == STARTED:
        return BUSY
    if row["state"] in (CANCELLED, WAIT_DEPENDENCIES):
        return None
    return {
        "state": "postponed",
        "seconds": max(row["seconds"], 0),
        "error": row["result"] or "Not before its time.",
    }


def _look(env, uuid):
    env.flush_all()
    return _run(env, "look", uuid)


def _run(env, name, uuid):
    """A row that a statement of ``sql/perform.sql`` gives."""
    env.cr.execute(statement(f"perform.{name}"), {"uuid": uuid})
    env["queue.job"].invalidate_model()
    rows = env.cr.dictfetchall()
    return rows[0] if rows else None
