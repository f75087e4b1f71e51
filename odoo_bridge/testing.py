"""In-memory doubles of the fabric's ports, for tests of tasks and of the fabric itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Condition

from odoo_bridge.job import Envelope


class MemoryOutbox:
    """The ``Outbox`` port over a list. Threads may share it, as relays share a table."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self._waiting: list[Envelope] = []
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
        try:
            yield [replace(job, attempt=job.attempt + 1) for job in taken]
        except BaseException:
            with self._changed:
                self._waiting = taken + self._waiting
            raise

    def wait(self, seconds: float) -> None:
        """Return when something was enqueued since the last wait, or after ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self._news > self._seen, seconds)
            self._seen = self._news

    def close(self) -> None:
        """Nothing to let go of."""
