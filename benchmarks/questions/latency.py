"""How long a single job waits for its start when everything is idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from benchmarks.fabric import fabric
from benchmarks.in_odoo import latency
from benchmarks.question import Contest, Goal
from benchmarks.stage import Stage
from odoo_bridge.job import Json

JOBS = 30
PAUSE = 0.3
"""Seconds before each job."""


class Latency:
    """From just before the commit in Odoo to the start of the task's function."""

    name = "latency"
    asks = "milliseconds from the commit of a single job to its start, when all is idle"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Both wait for work; one of them gets it."""

        def waited(enqueue: Callable[..., Json], starts: str) -> dict[str, float]:
            stage.clear()
            committed = stage.in_odoo(enqueue, jobs=JOBS, pause=PAUSE)["committed"]
            started = {row["uuid"]: row["at"] for row in stage.query(starts)}
            waits = [1000 * (started[each["uuid"]] - each["at"]) for each in committed]
            return {"p50": median(waits), "p95": quantiles(waits, n=20)[-1]}

        with fabric(stage):
            yield Contest(
                {
                    "ours": lambda: waited(latency.ours, "starts_ours"),
                    "peer": lambda: waited(latency.peer, "starts_peer"),
                },
                [
                    Goal("latency, p50", "p50", "ms", "peer", 3, smaller_is_better=True),
                    Goal("latency, p95", "p95", "ms", "peer", 3, smaller_is_better=True),
                ],
                rounds=1 if short else 3,
            )
        stage.clear()
