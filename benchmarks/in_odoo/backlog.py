"""Jobs that wait, as many as it takes, and the urgent ones that overtake them."""

from __future__ import annotations

from typing import Any

AT_ONCE = 10_000


def fill(env: Any, jobs: int, priority: int) -> dict[str, int]:
    """Enqueue no-ops as any module of Odoo would, a transaction for each ten thousand."""
    enqueue_many = env["celery.job"].enqueue_many
    for done in range(0, jobs, AT_ONCE):
        enqueue_many("benchmark.noop", [{}] * min(AT_ONCE, jobs - done), priority=priority)
        env.cr.commit()
    return {"jobs": jobs}
