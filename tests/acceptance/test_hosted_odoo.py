"""Promises 1 and 3 where Odoo's database is out of reach: the relay asks for jobs over RPC."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from odoo_bridge.job import Json
from tests.acceptance.conftest import Fabric, relay_paused, wait_until

CRASHING_RELAY = """
import os, signal
from odoo_bridge.outbox import RpcOutbox
from odoo_bridge.outbox.relay import Relay
from workers.app import celery_app
from workers.publisher import CeleryPublisher
from workers.runtime import addon

class Crashing(CeleryPublisher):
    def publish(self, envelopes):
        if envelopes:
            os.kill(os.getpid(), signal.SIGKILL)

Relay(RpcOutbox(addon), Crashing(celery_app())).step()
"""


@pytest.fixture
def hosted(running: Fabric, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a relay that knows no database; the fabric's own stands still."""
    known = {**os.environ, **running.settings.environment()}
    with relay_paused(running):
        yield known | {
            "FABRIC_OUTBOX": "rpc",
            "FABRIC_OUTBOX_DSN": "",
            "FABRIC_LEDGER_DSN": "",
            "FABRIC_STATE_DIR": str(tmp_path),
        }


@contextmanager
def relay(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-P", "-m", "workers", "relay"]
    with log.open("wb") as out, subprocess.Popen(argv, env=environment, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()


def partner(name: str) -> Json:
    return {"model": "res.partner", "method": "create", "args": [[{"name": name}]]}


def written(running: Fabric, name: str) -> int:
    return int(running.call("res.partner", "search_count", [["name", "=", name]]))


def test_jobs_of_a_hosted_odoo(running: Fabric, hosted: dict[str, str], tmp_path: Path) -> None:
    name = f"Hosted {uuid4().hex}"
    with relay(hosted, tmp_path / "log"):
        jobs = running.call(
            "celery.job", "enqueue_many", "records.call", [partner(name) for _ in range(30)]
        )
        ended = [running.wait_for_job(job) for job in jobs]
    assert {each["state"] for each in ended} == {"done"}
    assert written(running, name) == 30


def test_a_relay_killed_after_its_claim_was_committed(
    running: Fabric, hosted: dict[str, str], tmp_path: Path
) -> None:
    """Nothing was published: the next relay finds the orphan, and its message is made again."""
    name = f"Orphan {uuid4().hex}"
    job = running.enqueue("records.call", partner(name))
    crashed = subprocess.run([sys.executable, "-c", CRASHING_RELAY], env=hosted, check=False)
    assert crashed.returncode == -signal.SIGKILL
    assert running.job(job)["state"] == "enqueued"
    with relay(hosted, tmp_path / "log"):
        ended = running.wait_for_job(job)
    assert (ended["state"], ended["rescues"]) == ("done", 0)
    assert "jobs.rescued" in (tmp_path / "log").read_text()
    assert written(running, name) == 1


def test_several_relays_that_poll(running: Fabric, hosted: dict[str, str], tmp_path: Path) -> None:
    name = f"Polled {uuid4().hex}"
    other = hosted | {"FABRIC_STATE_DIR": str(tmp_path / "other")}
    (tmp_path / "other").mkdir()
    with relay(hosted, tmp_path / "log"), relay(other, tmp_path / "log2"):
        jobs = running.call(
            "celery.job", "enqueue_many", "records.call", [partner(name) for _ in range(200)]
        )
        wait_until(
            lambda: (
                running.call(
                    "celery.job", "search_count", [("id", "in", jobs), ("state", "=", "done")]
                )
                == 200
            ),
            60,
        )
    assert written(running, name) == 200
