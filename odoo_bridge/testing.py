"""In-memory doubles of the fabric's ports, for tests of tasks and of the fabric itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Condition, Lock

from odoo_bridge.job import Envelope, InFlight, State


class MemoryOutbox:
    """The ``Outbox`` port over a list. Threads may share it, as relays share a table."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self._waiting: list[Envelope] = []
        self._in_flight: dict[str, tuple[Envelope, float]] = {}
        self._changed = Condition()
        self._news = 0
        self._seen = 0

    def enqueue(self, *envelopes: Envelope) -> None:
        """Let jobs wait; ``attempt`` is the number of attempts so far."""
        with self._changed:
            self._waiting.extend(envelopes)
            self._news += 1
            self._changed.notify_all()

    @contextmanager
    def claim(self, limit: int) -> Iterator[list[Envelope]]:
        """Take up to ``limit`` jobs; see ``Outbox.claim``."""
        with self._changed:
            taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        attempts = [replace(job, attempt=job.attempt + 1) for job in taken]
        try:
            yield attempts
        except BaseException:
            with self._changed:
                self._waiting = taken + self._waiting
            raise
        with self._changed:
            self._in_flight |= {job.uuid: (job, time.monotonic()) for job in attempts}

    def finish(self, uuid: str) -> None:
        """A worker has ended the job of this uuid."""
        with self._changed:
            self._in_flight.pop(uuid, None)

    def in_flight(self) -> list[InFlight]:
        """What was claimed and has not ended."""
        now = time.monotonic()
        with self._changed:
            return [
                InFlight(job.uuid, job.attempt, job.queue, State.ENQUEUED, now - claimed)
                for job, claimed in self._in_flight.values()
            ]

    def rescue(self, attempts: Sequence[InFlight]) -> list[str]:
        """Put orphans back; see ``Outbox.rescue``."""
        lost = {each.uuid: each.attempt for each in attempts}
        with self._changed:
            jobs = [job for job, _ in self._in_flight.values() if lost.get(job.uuid) == job.attempt]
            for job in jobs:
                del self._in_flight[job.uuid]
        self.enqueue(*jobs)
        return [job.uuid for job in jobs]

    def wait(self, seconds: float) -> None:
        """Return when something was enqueued since the last wait, or after ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self._news > self._seen, seconds)
            self._seen = self._news

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryLeases:
    """The ``LeaseStore`` port over a dictionary. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._expiry: dict[str, float] = {}
        self._lock = Lock()

    def take(self, attempt: str, seconds: float) -> bool:
        """See ``LeaseStore.take``."""
        with self._lock:
            if attempt in self._expiry:
                return False
            self._expiry[attempt] = self._clock() + seconds
            return True

    def extend(self, attempts: Collection[str], seconds: float) -> None:
        """See ``LeaseStore.extend``."""
        with self._lock:
            self._expiry |= dict.fromkeys(attempts, self._clock() + seconds)

    def release(self, attempts: Collection[str]) -> None:
        """See ``LeaseStore.release``."""
        with self._lock:
            for attempt in attempts:
                self._expiry.pop(attempt, None)

    def left(self, attempts: Sequence[str]) -> dict[str, float]:
        """See ``LeaseStore.left``."""
        now = self._clock()
        with self._lock:
            return {each: self._expiry[each] - now for each in attempts if each in self._expiry}
