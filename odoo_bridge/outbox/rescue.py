"""The rescue: finds jobs whose attempt is lost, and puts them back.

An attempt that was handed out either waits in the broker, or runs under a lease. One that does
neither was lost with a worker, with the broker's data, or on the way between the two. To be
wrong about it costs a doubled run; the fence sees to its effect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from threading import Event

import structlog

from odoo_bridge.errors import Retryable
from odoo_bridge.job import InFlight
from odoo_bridge.ports import Broker, LeaseStore, Outbox

log = structlog.get_logger(__name__)

EVERY = 0.5
"""Seconds between two looks."""
SETTLED = 2.0
"""Seconds after its claim before an attempt can be missing: it is still on its way to a worker."""
PATIENCE = 1.0
"""Seconds that an attempt must be missing: it may have ended between two questions, and leases
that a Redis lost are back with the next beat of their workers."""


class Place(StrEnum):
    """Where an attempt in flight is."""

    RUNNING = "running"
    """A worker holds its lease."""
    LAPSED = "lapsed"
    """A worker held its lease and is gone."""
    WAITING = "waiting"
    """In its queue, or claimed just now."""
    MISSING = "missing"
    """Neither in its queue nor with a worker."""


def locate(jobs: Sequence[InFlight], leases: LeaseStore, broker: Broker) -> dict[InFlight, Place]:
    """Where each attempt is. Raises ``LeasesUnavailable`` and ``BrokerUnavailable``."""
    left = leases.left([job.message_id for job in jobs])
    unheld = [job for job in jobs if job.message_id not in left and job.claimed_seconds > SETTLED]
    missing = set(broker.missing(unheld))

    def place(job: InFlight) -> Place:
        if job.message_id in left:
            return Place.RUNNING if left[job.message_id] > 0 else Place.LAPSED
        return Place.MISSING if job in missing else Place.WAITING

    return {job: place(job) for job in jobs}


class Rescue:
    """Watches over one outbox until it is told to stop. Several may watch over the same."""

    def __init__(
        self,
        outbox: Outbox,
        leases: LeaseStore,
        broker: Broker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outbox = outbox
        self.leases = leases
        self.broker = broker
        self._clock = clock
        self._missing_since: dict[str, float] = {}

    def step(self) -> list[str]:
        """Put back what is lost for certain. Returns the uuids."""
        places = locate(self.outbox.in_flight(), self.leases, self.broker)
        lapsed = [job for job, place in places.items() if place is Place.LAPSED]
        missing = [job for job, place in places.items() if place is Place.MISSING]
        return [
            *self._put_back(lapsed, begun=True),
            *self._put_back(self._missing_for_long(missing), begun=False),
        ]

    def _put_back(self, orphans: Sequence[InFlight], *, begun: bool) -> list[str]:
        rescued = self.outbox.rescue(orphans, begun=begun) if orphans else []
        if rescued:
            log.warning(
                "jobs.rescued",
                outbox=self.outbox.name,
                jobs=len(rescued),
                begun=begun,
                uuids=rescued,
            )
        return rescued

    def run(self, stop: Event) -> None:
        """Look until ``stop`` is set. While a store or the broker is away, nothing is judged."""
        reachable = True
        while not stop.wait(EVERY):
            try:
                self.step()
                reachable = True
            except Retryable as error:
                self._missing_since.clear()
                if reachable:
                    log.warning("rescue.waits", outbox=self.outbox.name, error=str(error))
                reachable = False
        self.outbox.close()

    def _missing_for_long(self, missing: Sequence[InFlight]) -> list[InFlight]:
        now = self._clock()
        self._missing_since = {
            job.message_id: self._missing_since.get(job.message_id, now) for job in missing
        }
        return [job for job in missing if now - self._missing_since[job.message_id] >= PATIENCE]
