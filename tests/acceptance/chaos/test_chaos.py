"""Everything is killed in turn while jobs run: none is lost, and no effect comes twice."""

from __future__ import annotations

import os
import time

import pytest
from rich.console import Console

from tests.acceptance.chaos.conftest import Stage
from tests.acceptance.chaos.run import Run, show, strikes

JOBS = int(os.environ.get("FABRIC_CHAOS_JOBS", "200"))
LONG = JOBS >= 2000


@pytest.mark.timeout(1800)
def test_no_job_is_lost_and_no_effect_doubled_whatever_is_killed(stage: Stage) -> None:
    run = Run(stage, JOBS)
    begun = time.monotonic()
    everything = strikes(stage)
    if LONG:
        run.go(everything * 2, settled=len(everything))
    else:
        run.go(everything, settled=0)
    print(f"{JOBS} jobs in {time.monotonic() - begun:.0f} s")
    show(run, Console(width=160))
    ends = run.rows("ends")
    print(*ends, sep="\n")
    assert run.rows("lost") == []
    assert run.rows("doubled") == []
    assert run.rows("undone") == []
    failed = [row for row in ends if row["permanent"]]
    assert {(row["state"], row["error"]) for row in failed} == {("dead", "Permanent: on purpose")}
    assert {row["state"] for row in ends if not row["permanent"]} == {"done"}
    assert sum(row["jobs"] for row in ends) == JOBS
