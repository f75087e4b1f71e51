"""What ``odoo-fabric status`` and ``jobs reconcile`` say of running and of lost jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from odoo_bridge.job import Json
from tests.acceptance.conftest import Fabric, wait_until
from tests.acceptance.liveness.conftest import Naps, worker_of


def command(running: Fabric, *arguments: str) -> tuple[int, list[Json]]:
    ended = subprocess.run(
        [sys.executable, "-m", "workers", *arguments, "--json"],
        env=dict(os.environ) | running.settings.environment(),
        check=False,
        capture_output=True,
        timeout=60,
    )
    return ended.returncode, json.loads(ended.stdout)


def test_a_lost_job_is_told_from_a_running_one(running: Fabric, naps: Naps) -> None:
    job = naps.enqueue(15)  # longer than the commands take to start
    pid, _ = naps.wait_begun(1)
    code, status = command(running, "status")
    assert code == 0
    assert [(row["queue"], row["running"]) for row in status["in_flight"]] == [("default", 1)]
    assert status["odoo"]["circuit"] == "closed"
    assert command(running, "jobs", "reconcile") == (0, [])

    relay = next(each for each in running.supervisor.status() if each.name == "relay")
    os.kill(relay.pid, signal.SIGSTOP)  # or it would be rescued
    worker_of(running, pid).kill()
    wait_until(lambda: command(running, "jobs", "reconcile")[0] == 1, 60)
    _, orphans = command(running, "jobs", "reconcile")
    os.kill(relay.pid, signal.SIGCONT)
    assert [(each["place"], each["attempt"]) for each in orphans] == [("lapsed", 1)]
    assert naps.ended(job) == "done"
