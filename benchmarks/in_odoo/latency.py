"""Single jobs, each enqueued when everything is idle."""

from __future__ import annotations

import time
from typing import Any


def ours(env: Any, jobs: int, pause: float) -> dict[str, list[dict[str, Any]]]:
    """When each job was committed, and its UUID."""
    enqueue = env["celery.job"].enqueue
    return _one_after_another(
        env, "celery_job", lambda: enqueue("benchmark.noop").uuid, jobs, pause
    )


def peer(env: Any, jobs: int, pause: float) -> dict[str, list[dict[str, Any]]]:
    """The same with the peer."""
    model = env["queue.job"]
    return _one_after_another(
        env, "queue_job", lambda: model.with_delay()._test_job().uuid, jobs, pause
    )


def _one_after_another(
    env: Any, table: str, enqueue: Any, jobs: int, pause: float
) -> dict[str, list[dict[str, Any]]]:
    committed = []
    for _ in range(jobs):
        time.sleep(pause)  # everything comes to rest, which is what is measured from
        uuid = enqueue()
        at = time.time()
        env.cr.commit()
        committed.append({"uuid": uuid, "at": at})
        _wait_until_done(env, table, uuid)
    return {"committed": committed}


def _wait_until_done(env: Any, table: str, uuid: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        env.cr.execute(f"SELECT state FROM {table} WHERE uuid = %s", [uuid])  # noqa: S608
        (state,) = env.cr.fetchone()
        env.cr.rollback()
        if state == "done":
            return
        time.sleep(0.01)
    raise TimeoutError(f"job {uuid} is still {state}")
