"""Enqueueing inside one transaction, the commit included."""

from __future__ import annotations

import time
from typing import Any

TASK = "benchmark.noop"
DAY = 24 * 3600


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
    env["celery.job"].enqueue_many(TASK, [{}] * jobs)
    env.cr.commit()
    return {"seconds": time.monotonic() - start}


def peer_one_by_one(env: Any, jobs: int) -> dict[str, float]:
    """Seconds for a call of ``with_delay`` each, which is all that the peer offers.

    Not before tomorrow: its runner would run them meanwhile, and lock what is to be deleted.
    """
    model = env["queue.job"]
    start = time.monotonic()
    for _ in range(jobs):
        model.with_delay(eta=DAY)._test_job()
    env.cr.commit()
    return {"seconds": time.monotonic() - start}
