"""A job that takes too long is stopped; a worker that is told to stop does not wait for ever."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from odoo_bridge.job import Json
from tests.acceptance.conftest import Fabric, wait_until
from tests.acceptance.liveness.conftest import Naps, worker_of

DRAIN = 2.0
"""What the fabric of these tests was given as ``drain_seconds``."""


@pytest.mark.parametrize("task", ["test.overtime", "test.overtime_in_child"])
def test_a_job_over_its_time_limit_is_dead(running: Fabric, naps: Naps, task: str) -> None:
    job = naps.enqueue(60, task)
    assert naps.ended(job) == "dead"
    assert "TimeLimitExceeded" in running.job(job)["error"]
    assert list(naps.begun()) == [1]
    assert naps.partners() == 0


@pytest.mark.parametrize("task", ["test.nap", "test.nap_in_child"], ids=["thread", "child"])
def test_a_worker_that_is_told_to_stop_has_drain_seconds(
    running: Fabric, naps: Naps, task: str
) -> None:
    job = naps.enqueue(2 * DRAIN, task)
    pid, _ = naps.wait_begun(1)
    worker = worker_of(running, pid)
    worker.send_signal(signal.SIGTERM)
    told = time.monotonic()

    def ended_itself() -> bool:
        return worker.status() == psutil.STATUS_ZOMBIE if worker.is_running() else True

    wait_until(ended_itself, 30)
    print(f"ended {time.monotonic() - told:.1f} s after SIGTERM")
    assert time.monotonic() - told < DRAIN + 6
    assert naps.ended(job) == "done"
    assert naps.partners() == 1
    ended: Json = running.job(job)
    assert ended["rescues"] == 0  # it was no poison pill


def test_a_worker_that_is_told_to_stop_ends_what_it_can(running: Fabric, naps: Naps) -> None:
    job = naps.enqueue(1.0)
    pid, _ = naps.wait_begun(1)
    os.kill(worker_of(running, pid).pid, signal.SIGTERM)
    assert naps.ended(job) == "done"
    assert list(naps.begun()) == [1]
    wait_until(lambda: naps.partners() == 1, 5)
