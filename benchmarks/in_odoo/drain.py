"""Jobs that do nothing, all in one transaction."""

from __future__ import annotations

import time
from typing import Any


def ours(env: Any, jobs: int) -> dict[str, float]:
    """Enqueue no-ops; answers when the commit began, as Unix time."""
    env["celery.job"].enqueue_many("benchmark.noop", [{}] * jobs)
    return _committed(env)


def batched(env: Any, jobs: int) -> dict[str, float]:
    """The same for the task that takes many at once."""
    env["celery.job"].enqueue_many("benchmark.noop_batch", [{}] * jobs)
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
