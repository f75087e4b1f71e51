"""One job that takes its time."""

from __future__ import annotations

from typing import Any


def ours(env: Any, seconds: float, notes: str) -> dict[str, str]:
    """Its UUID."""
    job = env["celery.job"].enqueue("benchmark.hold", {"seconds": seconds, "notes": notes})
    env.cr.commit()
    return {"uuid": job.uuid}


def peer(env: Any, seconds: float) -> dict[str, str]:
    """The same with the peer."""
    job = env["queue.job"].with_delay()._test_job(job_duration=seconds)
    env.cr.commit()
    return {"uuid": job.uuid}
