"""Promise 3: an effect is applied once, whatever happens to messages and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import psutil
import psycopg
import pytest

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import Envelope
from odoo_bridge.outbox import odoo_outbox
from tests.acceptance.conftest import Fabric, wait_until
from workers.app import celery_app
from workers.publisher import CeleryPublisher
from workers.settings import settings

CRASHING_RELAY = """
import os, signal
from odoo_bridge.outbox import odoo_outbox
from odoo_bridge.outbox.relay import Relay
from workers.app import celery_app
from workers.publisher import CeleryPublisher
from workers.settings import settings

class Crashing(CeleryPublisher):
    def publish(self, envelopes):
        super().publish(envelopes)
        if envelopes:
            os.kill(os.getpid(), signal.SIGKILL)

Relay(odoo_outbox(settings().outbox_dsn.get_secret_value()), Crashing(celery_app())).step()
"""


WAITING = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def publisher(running: Fabric, monkeypatch: pytest.MonkeyPatch) -> Iterator[CeleryPublisher]:
    """The way to the broker of the running fabric."""
    for name, value in running.settings.environment().items():
        monkeypatch.setenv(name, value)
    for cached in (settings, celery_app):
        cached.cache_clear()
    app = celery_app()
    yield CeleryPublisher(app)
    app.close()
    for cached in (settings, celery_app):
        cached.cache_clear()


@contextmanager
def relay_paused(running: Fabric) -> Iterator[None]:
    """The relay of the fabric stands still, so that the test can be the relay."""
    (status,) = [each for each in running.supervisor.status() if each.name == "relay"]
    relay = psutil.Process(status.pid)
    relay.suspend()
    try:
        yield
    finally:
        relay.resume()


def enqueue_partner(running: Fabric, name: str) -> int:
    params = {"model": "res.partner", "method": "create", "args": [[{"name": name}]]}
    return running.enqueue("records.call", params)


def partners(running: Fabric, name: str) -> int:
    return int(running.call("res.partner", "search_count", [["name", "=", name]]))


def claim(running: Fabric, job: int) -> Envelope:
    """Claim as the relay does; the claim is committed."""
    uuid = running.job(job)["uuid"]
    outbox = odoo_outbox(running.settings.outbox_dsn.get_secret_value())
    with outbox.claim(100) as envelopes:
        claimed = list(envelopes)
    outbox.close()
    return next(envelope for envelope in claimed if envelope.uuid == uuid)


def test_published_twice_it_is_applied_once(running: Fabric, publisher: CeleryPublisher) -> None:
    name = f"Twice {uuid4().hex}"
    with relay_paused(running):
        job = enqueue_partner(running, name)
        envelope = claim(running, job)
        publisher.publish([envelope, envelope])
        assert running.wait_for_job(job)["state"] == "done"
    wait_until(lambda: finished_copies(running, envelope) == 2, 20)
    assert partners(running, name) == 1


def test_a_late_copy_is_refused(running: Fabric, publisher: CeleryPublisher) -> None:
    name = f"Late {uuid4().hex}"
    with relay_paused(running):
        job = enqueue_partner(running, name)
        envelope = claim(running, job)
        publisher.publish([envelope])
        assert running.wait_for_job(job)["state"] == "done"
        publisher.publish([envelope])
        wait_until(lambda: finished_copies(running, envelope) == 2, 20)
        publisher.publish([replace(envelope, attempt=2)])
        wait_until(lambda: finished_copies(running, replace(envelope, attempt=2)) == 1, 20)
    assert partners(running, name) == 1


def test_a_relay_killed_between_publish_and_commit(
    running: Fabric, publisher: CeleryPublisher
) -> None:
    del publisher  # it has put the fabric's settings into the environment
    name = f"Killed relay {uuid4().hex}"
    with relay_paused(running):
        job = enqueue_partner(running, name)
        crashed = subprocess.run(
            [sys.executable, "-c", CRASHING_RELAY], env=os.environ, check=False
        )
        assert crashed.returncode == -signal.SIGKILL
    assert running.wait_for_job(job)["state"] == "done"
    # The copy of the claim that was rolled back may still hold the lease of attempt 1 when that of
    # the next claim comes: that one steps aside then, and the job is rescued, as attempt 2. Odoo
    # runs a call that met the rollback again, after up to 2, 4, 8 and 16 s (retrying).
    uuid = running.job(job)["uuid"]
    wait_until(lambda: ended_copies(running, uuid) >= 2, 60)
    assert partners(running, name) == 1


def test_a_worker_that_is_quicker_than_the_claims_commit(
    running: Fabric, publisher: CeleryPublisher
) -> None:
    """What it reads in Odoo was refused, and the job dead: the claim was not visible yet."""
    with relay_paused(running):
        job = running.enqueue("reports.sales", {})
        outbox = odoo_outbox(running.settings.outbox_dsn.get_secret_value())
        with outbox.claim(1) as envelopes:
            publisher.publish(envelopes)
            wait_until(lambda: waits_for_a_lock(running), 20)
        outbox.close()
        ended = running.wait_for_job(job)
    assert (ended["state"], ended["attempt"], ended["error"]) == ("done", 1, False)


def test_a_claim_that_was_published_and_taken_back(
    running: Fabric, publisher: CeleryPublisher
) -> None:
    """The next claim has the same number: what the first copy met must not count as its end.

    While the lease of that one lingers, the next copy steps aside, and is rescued."""
    with relay_paused(running):
        job = running.enqueue("reports.sales", {})
        outbox = odoo_outbox(running.settings.outbox_dsn.get_secret_value())
        with suppress(BrokerUnavailable), outbox.claim(1) as envelopes:
            (envelope,) = envelopes
            publisher.publish(envelopes)
            wait_until(lambda: waits_for_a_lock(running), 20)
            raise BrokerUnavailable("the confirmation was lost")
        outbox.close()
        log = running.supervisor.logs / "worker-compute.log"
        wait_until(lambda: f"job={envelope.uuid}" in log.read_text(), 20)
    ended = running.wait_for_job(job)
    assert (ended["state"], ended["rescues"], ended["error"]) == ("done", 0, False)


def waits_for_a_lock(running: Fabric) -> bool:
    """Whether a transaction of Odoo waits for the claim to be committed."""
    with psycopg.connect(running.odoo.database_dsn) as connection:
        return bool(connection.execute(WAITING).fetchall())


def finished_copies(running: Fabric, envelope: Envelope) -> int:
    """How many messages of this attempt a worker has ended, from its log."""
    return ended_copies(running, envelope.uuid, f"attempt={envelope.attempt} ")


def ended_copies(running: Fabric, uuid: str, attempt: str = "") -> int:
    """How many messages of this job a worker has ended, from its log."""
    log = (running.supervisor.logs / "worker-default.log").read_text()
    # Cancelled: it was told so early that the claim was rolled back, before the fence could say it.
    ends = ("job.finished", "job.refused", "job.stepped_aside", "job.cancelled")
    return sum(
        any(end in line for end in ends) and f"job={uuid}" in line and attempt in line
        for line in log.splitlines()
    )
