"""Jobs that do nothing, all in one transaction."""

from __future__ import annotations

import time
import uuid
from typing import Any

TASK = "benchmark.noop"


def ours(env: Any, jobs: int) -> dict[str, float]:
    """Enqueue no-ops; answers when the commit began, as Unix time."""
    _enqueue_many(env, jobs)
    return _committed(env)


def peer(env: Any, jobs: int) -> dict[str, float]:
    """The same with the peer."""
    for _ in range(jobs):
        env["queue.job"].with_delay()._test_job()
    return _committed(env)


def _committed(env: Any) -> dict[str, float]:
    at = time.time()
    env.cr.commit()
    return {"at": at}


def _enqueue_many(env: Any, jobs: int) -> None:
    """One statement for all: what ``enqueue_many`` does, without its checks of params."""
    model = env["celery.job"]
    common = {
        **model._on_behalf(),
        "task": TASK,
        "queue": "default",
        "params": {},
        "priority": 10,
        "eta": None,
        "max_attempts": 1,
    }
    model._insert_jobs([{**common, "uuid": str(uuid.uuid4())} for _ in range(jobs)])
