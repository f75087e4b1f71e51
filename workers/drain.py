"""A worker that was told to stop has ``drain_seconds``: Celery's warm shutdown waits for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from threading import Thread

import psutil
import structlog
from celery.signals import worker_shutting_down
from celery.worker import state

from odoo_bridge.errors import LeasesUnavailable
from odoo_bridge.leases import RedisLeases

log = structlog.get_logger(__name__)


def bound(seconds: float, lease_url: str) -> None:
    """From now on this worker ends ``seconds`` after it was told to stop, whatever it runs.

    What it runs then runs again elsewhere, at once and without counting as a lost worker, which
    would make a long job a poison pill after four deployments.
    """

    def begin(**_: object) -> None:
        Thread(target=_cut_off, args=(seconds, lease_url), name="drain", daemon=True).start()

    worker_shutting_down.connect(begin, weak=False)


def _cut_off(seconds: float, lease_url: str) -> None:
    time.sleep(seconds)  # the time limit itself
    attempts = list(_attempts())
    log.warning("worker.cut_off", seconds=seconds, attempts=attempts)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    if lease_url:
        _release(attempts, RedisLeases(lease_url))
    os._exit(os.EX_TEMPFAIL)


def _attempts() -> Iterator[str]:
    """What this worker runs (see ``workers/publisher.py``)."""
    for request in tuple(state.active_requests):
        yield from request.request_dict.get("attempts") or [request.id]


def _release(attempts: list[str], leases: RedisLeases) -> None:
    try:
        leases.release(attempts)
    except LeasesUnavailable as error:  # they lapse
        log.warning("leases.away", error=str(error))
