"""Work for the chaos run, loaded by FABRIC_TASK_MODULES.

Each job creates one bank of its own name: the effect that must come about exactly once. Some fail
on purpose as often as their policy allows, so that one attempt that an outage costs kills them.
"""

from __future__ import annotations

import time
from pathlib import Path

from odoo_bridge.errors import FabricError, Permanent, Retryable
from tasks import Job, Params, Retry, task

ATTEMPTS = 5
ON_PURPOSE = "on purpose"
MODEL = "res.bank"
POLICY = Retry(max_attempts=ATTEMPTS, first=0.2, longest=1.0)


class Work(Params):
    name: str
    seconds: float
    folder: str
    """Where failures on purpose are counted: an attempt's number also rises by a rescue."""
    fails: bool
    """On purpose, as often as the policy allows."""
    reads: bool
    permanent: bool


@task("chaos.thread", retry=POLICY)
def thread(job: Job, params: Work) -> str:
    """Work in a thread."""
    time.sleep(params.seconds)
    return _effect(job, params)


@task("chaos.child", queue="children", retry=POLICY)
def child(job: Job, params: Work) -> str:
    """Work in a process of its own."""
    time.sleep(params.seconds)
    return _effect(job, params)


@task("chaos.batch", batch=10, retry=POLICY)
def batch(jobs: list[Job], params: list[Work]) -> list[str | None]:
    """Work of several jobs at once."""
    time.sleep(max(each.seconds for each in params))
    return [_member(job, each) for job, each in zip(jobs, params, strict=True)]


def _member(job: Job, params: Work) -> str | None:
    try:
        return _effect(job, params)
    except FabricError as error:
        job.fail(error)
        return None


def _effect(job: Job, params: Work) -> str:
    if params.reads:
        job.odoo[MODEL].search_count([("name", "=", params.name)])
    if params.permanent:
        raise Permanent(ON_PURPOSE)
    if params.fails:
        failures = Path(params.folder) / params.name
        failures.touch()
        if failures.stat().st_size < ATTEMPTS - 1:
            with failures.open("a") as file:
                file.write("x")
            raise Retryable(ON_PURPOSE)
    job.create(MODEL, [{"name": params.name}])
    return params.name
