"""The tasks of the benchmarks, which workers find as they find those of any distribution."""

from __future__ import annotations

from tasks.job import Job
from tasks.registry import Params, task


class Nothing(Params):
    """No params."""


@task("benchmark.noop")
def noop(_job: Job, _params: Nothing) -> None:
    """Nothing, so that what is measured is the way there and back."""
