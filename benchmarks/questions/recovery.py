"""How long a job is lost when the worker that runs it is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fabric import Fabric, fabric
from benchmarks.in_odoo import recovery
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from benchmarks.waiting import until
from odoo_bridge.errors import FabricError
from workers.embedded import places

RUNS = 20.0
"""Seconds that the job takes: long enough to be found and killed in, on a busy machine too."""
PATIENCE = 300.0
SHORT_PATIENCE = 90.0


class Recovery:
    """From SIGKILL to the second start; the job is the only one."""

    name = "recovery"
    asks = "seconds from kill -9 of the worker that runs a job until the job runs again"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Two workers each, as Odoo has two: one is left when the other is gone."""
        patience = SHORT_PATIENCE if short else PATIENCE
        notes = places.state_dir() / "benchmark-notes"
        with fabric(stage, workers=2) as running:
            yield Contest(
                {
                    "ours": lambda: _ours(stage, running, notes),
                    "peer": lambda: _peer(stage, patience),
                },
                [Goal("recovery", "seconds", "s", "peer", 10, smaller_is_better=True)],
                rounds=1 if short else 3,
            )
        notes.unlink(missing_ok=True)
        stage.clear()


def _ours(stage: Stage, running: Fabric, notes: Path) -> Figures:
    stage.clear()
    notes.write_text("")

    def starts() -> list[float]:
        running.supervisor.watch()
        return [float(line.split()[1]) for line in notes.read_text().splitlines()]

    stage.in_odoo(recovery.ours, seconds=RUNS, notes=str(notes))
    until(lambda: bool(starts()), 60, "the job runs")
    killed = _kill(int(notes.read_text().split()[0]))
    return _after(killed, starts, PATIENCE)


def _peer(stage: Stage, patience: float) -> Figures:
    """Without a figure when the peer did not run it again in time."""
    stage.clear()
    uuid = stage.in_odoo(recovery.peer, seconds=RUNS)["uuid"]
    until(lambda: bool(stage.query("peer_worker")), 60, "the peer's job runs")
    killed = _kill(stage.query("peer_worker")[0]["pid"])
    try:
        return _after(
            killed, lambda: [row["at"] for row in stage.query("peer_starts", uuid=uuid)], patience
        )
    except FabricError:
        if patience == PATIENCE:
            raise
        return {}


def _kill(pid: int) -> float:
    os.kill(pid, signal.SIGKILL)
    return time.time()


def _after(killed: float, starts: Callable[[], list[float]], patience: float) -> Figures:
    until(lambda: len(starts()) > 1, patience, "the job runs again")
    return {"seconds": starts()[1] - killed}
