"""Tasks to kill, loaded by FABRIC_TASK_MODULES.

Each attempt leaves a file in ``folder``, named after marker, attempt and process, and creates a
partner of the marker's name: the effect that must come about once.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from odoo_bridge.errors import Cancelled
from tasks import Job, Params, task
from tasks.pricing import storing

# Few rows a call, so that a few thousand prices are many calls.
storing.FIRST = storing.MOST = 500


class Nap(Params):
    marker: str
    folder: str
    seconds: float = 0.0
    stubborn: bool = False
    """Never look whether the job was cancelled."""


@task("test.nap", time_limit=120)
def nap(job: Job, params: Nap) -> int:
    """Sleep, then create a partner."""
    return _nap(job, params)


@task("test.nap_in_child", queue="pricing", time_limit=120)
def nap_in_child(job: Job, params: Nap) -> int:
    """The same in a process of its own."""
    return _nap(job, params)


def _nap(job: Job, params: Nap) -> int:
    begun = Path(params.folder) / f"{params.marker}.{job.attempt}.{os.getpid()}"
    begun.write_text(repr(time.time()))
    end = time.monotonic() + params.seconds
    try:
        while time.monotonic() < end:
            time.sleep(0.02)
            if not params.stubborn:
                job.check_cancelled()
    except Cancelled:
        begun.with_name(f"{params.marker}.cancelled").write_text(repr(time.time()))
        raise
    job.create("res.partner", [{"name": params.marker}])
    return job.attempt


@task("test.overtime", time_limit=1)
def overtime(job: Job, params: Nap) -> int:
    """Take longer than it may."""
    return _nap(job, params)


@task("test.overtime_in_child", queue="pricing", time_limit=1)
def overtime_in_child(job: Job, params: Nap) -> int:
    """The same in a process of its own."""
    return _nap(job, params)
