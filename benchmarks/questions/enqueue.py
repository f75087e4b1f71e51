"""How fast Odoo enqueues, inside one transaction, commit included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.in_odoo import enqueue
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.job import Json

JOBS = 10_000
SHORT = 2_000


class Enqueue:
    """One by one, and many at once; the peer has only the first."""

    name = "enqueue"
    asks = "jobs a second that Odoo enqueues in one transaction, one by one and 10,000 at once"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Nothing runs the jobs: the fabric is not up, and the peer's are for another day."""
        jobs = SHORT if short else JOBS

        def rate(function: Callable[..., Json], count: int) -> float:
            stage.clear()
            seconds: float = stage.in_odoo(function, jobs=count)["seconds"]
            return count / seconds

        def ours() -> Figures:
            return {
                "one by one": rate(enqueue.ours_one_by_one, jobs),
                "at once": rate(enqueue.ours_at_once, JOBS),
            }

        def peer() -> Figures:
            measured = rate(enqueue.peer_one_by_one, jobs)
            return {"one by one": measured, "at once": measured}

        yield Contest(
            {"ours": ours, "peer": peer},
            [
                Goal("enqueue, one by one", "one by one", "jobs/s", "peer", 2.5),
                Goal("enqueue, 10,000 at once", "at once", "jobs/s", "peer", 25),
            ],
            rounds=3,
        )
        stage.clear()
