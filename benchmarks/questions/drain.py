"""How fast jobs that do nothing are drained, one a message, until Odoo knows all of them done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import raw_celery
from benchmarks.fabric import fabric
from benchmarks.in_odoo import drain
from benchmarks.question import Contest, Goal
from benchmarks.stage import Stage
from benchmarks.waiting import until
from odoo_bridge.job import Json

JOBS = 20_000
SHORT = 2_000
PATIENCE = 900.0


class Drain:
    """From the commit in Odoo to the last job's end in Odoo."""

    name = "drain"
    asks = "no-op jobs a second, from the commit that enqueues them until Odoo knows all done"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The fabric, the peer's runner and a raw Celery worker are all up; one of them works."""
        jobs = SHORT if short else JOBS

        def rate(enqueue: Callable[..., Json], remaining: str) -> dict[str, float]:
            stage.clear()
            committed = stage.in_odoo(enqueue, jobs=jobs)["at"]
            until(lambda: not stage.query(remaining)[0]["jobs"], PATIENCE, "all jobs are done")
            return {"jobs": jobs / (time.time() - committed)}

        with fabric(stage) as running:
            raw = raw_celery.start(running)
            yield Contest(
                {
                    "ours": lambda: rate(drain.ours, "open_ours"),
                    "peer": lambda: rate(drain.peer, "open_peer"),
                    "limit": lambda: {"jobs": raw.drain(jobs)},
                },
                [
                    Goal("drain, beside the peer", "jobs", "jobs/s", "peer", 8),
                    Goal("drain, beside raw Celery", "jobs", "jobs/s", "limit", 0.8),
                ],
            )
        stage.clear()
