"""Enqueueing inside one transaction, the commit included."""

from __future__ import annotations

import time
import uuid
from typing import Any

TASK = "benchmark.noop"


def ours_one_by_one(env: Any, jobs: int) -> dict[str, float]:
    """Seconds for a call of ``enqueue`` each."""
    env["celery.task"].sudo()._upsert([{"name": TASK}])
    env.cr.commit()
    enqueue = env["celery.job"].enqueue
    start = time.monotonic()
    for _ in range(jobs):
        enqueue(TASK)
    env.cr.commit()
    return {"seconds": time.monotonic() - start}


def ours_at_once(env: Any, jobs: int) -> dict[str, float]:
    """Seconds for all in one call."""
    start = time.monotonic()
    _enqueue_many(env, jobs)
    env.cr.commit()
    return {"seconds": time.monotonic() - start}


def peer_one_by_one(env: Any, jobs: int) -> dict[str, float]:
    """Seconds for a call of ``with_delay`` each, which is all that the peer offers."""
    model = env["queue.job"]
    start = time.monotonic()
    for _ in range(jobs):
        model.with_delay()._test_job()
    env.cr.commit()
    return {"seconds": time.monotonic() - start}


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
