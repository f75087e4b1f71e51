"""What was lost with a process or with the broker's data runs again, and its effect comes once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.acceptance.conftest import Fabric
from tests.acceptance.liveness.conftest import Naps, wait_for_all, worker_of
from tests.rabbitmq_server import RabbitServer
from tests.redis_server import RedisServer

Broker = RedisServer | RabbitServer
PROMPT = 5.0
"""Seconds within which a job whose worker was killed must run again."""


def test_a_killed_worker_costs_its_job_less_than_five_seconds(naps: Naps) -> None:
    job = naps.enqueue(1.5)
    pid, _ = naps.wait_begun(1)
    worker_of(naps.fabric, pid).kill()
    killed = time.time()
    _, again = naps.wait_begun(2, 10)
    print(f"worker killed: ran again after {again - killed:.2f} s")
    assert again - killed < PROMPT
    assert naps.ended(job) == "done"
    assert naps.partners() == 1


def test_a_killed_child_costs_its_job_less_than_five_seconds(naps: Naps) -> None:
    job = naps.enqueue(1.5, "test.nap_in_child")
    pid, _ = naps.wait_begun(1)
    os.kill(pid, signal.SIGKILL)
    killed = time.time()
    _, again = naps.wait_begun(2, 10)
    print(f"child killed: ran again after {again - killed:.2f} s")
    assert again - killed < PROMPT
    assert naps.ended(job) == "done"
    assert naps.partners() == 1


def test_a_broker_that_lost_its_data_loses_no_job(
    running: Fabric, broker: Broker, naps: Naps
) -> None:
    jobs = [naps.enqueue(0.1) for _ in range(200)]
    naps.wait_begun(1)
    broker.wipe()
    rows = wait_for_all(running, jobs, 90)
    assert {row["state"] for row in rows} == {"done"}, [row for row in rows if row["error"]]
    assert naps.partners() == len(jobs)


def test_a_broker_that_was_killed_loses_no_job(running: Fabric, broker: Broker, naps: Naps) -> None:
    jobs = [naps.enqueue(0.1) for _ in range(200)]
    naps.wait_begun(1)
    broker.restart()
    rows = wait_for_all(running, jobs, 90)
    assert {row["state"] for row in rows} == {"done"}, [row for row in rows if row["error"]]
    assert naps.partners() == len(jobs)


DYING_RELAY = """
import os, signal
from odoo_bridge.outbox.relay import Relay
from workers.app import celery_app
from workers.publisher import CeleryPublisher
from workers.relay import outboxes
from workers.settings import settings

class Dying(CeleryPublisher):
    def publish(self, envelopes):
        super().publish(envelopes)
        if envelopes:
            os.kill(os.getpid(), signal.SIGKILL)

relay = Relay(next(outboxes(settings())), Dying(celery_app()))
while True:
    relay.step()
"""


def test_a_relay_that_dies_between_publishing_and_committing_doubles_nothing(
    running: Fabric, naps: Naps
) -> None:
    relay = next(each for each in running.supervisor.status() if each.name == "relay")
    os.kill(relay.pid, signal.SIGSTOP)
    job = naps.enqueue(0.5)
    dying = subprocess.run(
        [sys.executable, "-c", DYING_RELAY],
        env=dict(os.environ) | running.settings.environment(),
        check=False,
        timeout=60,
    )
    os.kill(relay.pid, signal.SIGCONT)
    assert dying.returncode == -signal.SIGKILL
    assert naps.ended(job) == "done"
    assert naps.partners() == 1
