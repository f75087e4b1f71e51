"""The tasks of the benchmarks, which workers find as they find those of any distribution."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tasks.job import Job
from tasks.registry import Params, task


class Nothing(Params):
    """No params."""


class Hold(Params):
    """How long to run, and where to note that a run began."""

    seconds: float
    notes: Path


@task("benchmark.noop")
def noop(_job: Job, _params: Nothing) -> None:
    """Nothing, so that what is measured is the way there and back."""


@task("benchmark.noop_batch", batch=100)
def noop_batch(jobs: list[Job], _params: list[Nothing]) -> list[None]:
    """Nothing, for many at once."""
    return [None] * len(jobs)


@task("benchmark.hold")
def hold(_job: Job, params: Hold) -> None:
    """Notes who runs it and since when, and then takes its time."""
    with params.notes.open("a", encoding="utf-8") as notes:
        notes.write(f"{os.getpid()} {time.time()}\n")
    time.sleep(params.seconds)  # the work itself
