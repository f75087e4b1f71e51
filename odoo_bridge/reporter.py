"""What the running jobs of one process say of themselves, told to Odoo at most once a second.

The answer tells which of them are no longer wanted. Such a job is told so, and stopped when it
has not stopped by itself within a grace period.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread, get_ident

import structlog

from odoo_bridge.errors import Cancelled, FabricError
from odoo_bridge.interrupt import raise_in
from odoo_bridge.job import Envelope, Json, Progress
from odoo_bridge.rpc.acting import subject_of
from odoo_bridge.rpc.addon import Addon

log = structlog.get_logger(__name__)

MOST_LINES = 200
"""Lines that wait to be told; older ones give way."""
LONGEST_LINE = 500
"""Characters."""


@dataclass(slots=True)
class Pulse:
    """What a running attempt says of itself, and what it is told."""

    progress: Progress = field(default_factory=Progress)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    cancelled: bool = False

    def note(self, line: str) -> None:
        """Add a line to what is told next."""
        self.lines.append(line[:LONGEST_LINE])


@dataclass(slots=True)
class _Running:
    envelope: Envelope
    since: float
    pulse: Pulse
    thread: int
    cancelled_at: float = 0.0


class Reporter:
    """Coalesces: one call for all jobs of the process, and none for jobs that end within ``every``.

    A report that fails is dropped: the next one says more, and the outcome says all.
    ``grace`` seconds is how long a job that is no longer wanted may take to stop by itself.
    """

    def __init__(self, addon: Callable[[], Addon], every: float = 1.0, grace: float = 10.0) -> None:
        self._addon = addon
        self._every = every
        self._grace = grace
        self._running: dict[str, _Running] = {}
        self._lock = Lock()
        self._busy = Event()
        Thread(target=self._loop, name="reporter", daemon=True).start()

    @contextmanager
    def reporting(self, envelope: Envelope) -> Iterator[Pulse]:
        """Report this job, which runs in this thread, while the context is open."""
        running = _Running(envelope, time.monotonic(), Pulse(), get_ident())
        with self._lock:
            self._running[envelope.message_id] = running
        self._busy.set()
        try:
            yield running.pulse
        finally:
            while envelope.message_id in self._running:
                try:
                    with self._lock:
                        del self._running[envelope.message_id]
                except Cancelled:  # it may still come until we are forgotten
                    continue
        if running.pulse.lines:  # said since the last report; the outcome does not carry them
            self._tell([running])

    def _loop(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(self._every)  # the rhythm itself, not a wait for something
            if due := self._due():
                self._tell(due)
            self._stop_unwanted()

    def _due(self) -> list[_Running]:
        oldest = time.monotonic() - self._every
        with self._lock:
            if not self._running:
                self._busy.clear()
            return [each for each in self._running.values() if each.since <= oldest]

    def _tell(self, due: list[_Running]) -> None:
        try:
            verdicts = self._addon().report([_wire(each) for each in due])
        except FabricError as error:
            log.warning("report.dropped", error=str(error))
            return
        for each, verdict in zip(due, verdicts, strict=True):
            if not verdict["accepted"] and not each.pulse.cancelled:
                log.info("job.unwanted", job=each.envelope.uuid, state=verdict["state"])
                each.cancelled_at = time.monotonic()
                each.pulse.cancelled = True

    def _stop_unwanted(self) -> None:
        """Raise ``Cancelled`` in what has not stopped in time, again and again until it ends.

        It comes when the thread next runs Python: not while it sleeps or waits in C.
        """
        latest = time.monotonic() - self._grace
        with self._lock:  # so that the thread has not gone on to another job
            for each in self._running.values():
                if each.pulse.cancelled and each.cancelled_at <= latest:
                    log.warning("job.stopped", job=each.envelope.uuid)
                    raise_in(each.thread, Cancelled)


def _wire(running: _Running) -> Json:
    pulse = running.pulse
    lines = [pulse.lines.popleft() for _ in range(len(pulse.lines))]
    return {
        "subject": subject_of(running.envelope),
        "done": pulse.progress.done,
        "total": pulse.progress.total,
        "text": pulse.progress.text,
        "log": lines,
    }
