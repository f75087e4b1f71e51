"""Whether a long backlog slows the fabric down, or grows its relay."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.fabric import Fabric, fabric
from benchmarks.in_odoo import backlog
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from benchmarks.waiting import quiet, until

SIZES = (100_000, 1_000_000)
SHORT = (50_000,)
SMALL = 1_000
MEASURED = 2_000
PATIENCE = 300.0


class Backlog:
    """The rate of urgent jobs while others wait behind them, and the relay's memory then."""

    name = "backlog"
    asks = "no-op jobs a second and the relay's memory with 1k, 100k and 1M jobs pending"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The limit is ours too, with a thousand jobs waiting."""
        sizes = SHORT if short else SIZES
        with fabric(stage) as running:

            def figures(*behind: int) -> Figures:
                return {
                    name: value
                    for size in behind
                    for name, value in _measured(stage, running, size).items()
                }

            def small() -> Figures:
                found = _measured(stage, running, SMALL)
                rate, memory = found[f"rate {SMALL}"], found[f"memory {SMALL}"]
                return {f"rate {s}": rate for s in sizes} | {f"memory {s}": memory for s in sizes}

            yield Contest(
                {"limit": small, "ours": lambda: figures(*sizes)}, list(_goals(sizes)), rounds=3
            )
        stage.query("truncate")
        stage.query("pause", paused=False)


def _goals(sizes: Sequence[int]) -> Iterator[Goal]:
    for size in sizes:
        yield Goal(f"backlog of {size:,}, rate", f"rate {size}", "jobs/s", "limit", 0.9)
        yield Goal(
            f"backlog of {size:,}, relay", f"memory {size}", "MB", "limit", 0.9,
            smaller_is_better=True,
        )  # fmt: skip


def _measured(stage: Stage, running: Fabric, behind: int) -> Figures:
    """The queue is closed while it fills; the clock starts when it opens."""
    stage.query("pause", paused=True)
    stage.query("truncate")
    stage.in_odoo(backlog.fill, jobs=behind, priority=10)
    (last,) = stage.query("last_id")
    stage.in_odoo(backlog.fill, jobs=MEASURED, priority=0)
    stage.query("analyze")
    quiet(stage.odoo.pid)
    start = time.monotonic()
    stage.query("pause", paused=False)
    until(lambda: not stage.query("open_after", **last)[0]["jobs"], PATIENCE, "urgent jobs")
    rate = MEASURED / (time.monotonic() - start)
    return {f"rate {behind}": rate, f"memory {behind}": running.memory("relay") / 2**20}
