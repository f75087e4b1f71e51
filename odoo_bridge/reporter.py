"""How far the running jobs of one process are, told to Odoo at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread

import structlog

from odoo_bridge.errors import FabricError
from odoo_bridge.job import Envelope, Json, Progress
from odoo_bridge.rpc.acting import subject_of
from odoo_bridge.rpc.addon import Addon

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Running:
    envelope: Envelope
    since: float
    progress: Progress
    told: Progress | None = None


class Reporter:
    """Coalesces: one call for all jobs of the process, and none for jobs that end within ``every``.

    A report that fails is dropped: the next one says more, and the outcome says all.
    """

    def __init__(self, addon: Callable[[], Addon], every: float = 1.0) -> None:
        self._addon = addon
        self._every = every
        self._running: dict[str, _Running] = {}
        self._lock = Lock()
        self._busy = Event()
        Thread(target=self._loop, name="reporter", daemon=True).start()

    @contextmanager
    def reporting(self, envelope: Envelope) -> Iterator[Callable[[Progress], None]]:
        """Report this job while the context is open; gives what takes its progress."""
        running = _Running(envelope, time.monotonic(), Progress())

        def note(progress: Progress) -> None:
            running.progress = progress

        with self._lock:
            self._running[envelope.message_id] = running
        self._busy.set()
        try:
            yield note
        finally:
            with self._lock:
                del self._running[envelope.message_id]

    def _loop(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(self._every)  # the rhythm itself, not a wait for something
            if due := self._due():
                self._tell(due)

    def _due(self) -> list[_Running]:
        oldest = time.monotonic() - self._every
        with self._lock:
            if not self._running:
                self._busy.clear()
            return [
                each
                for each in self._running.values()
                if each.since <= oldest and each.progress != each.told
            ]

    def _tell(self, due: list[_Running]) -> None:
        said = [(each, each.progress) for each in due]
        try:
            self._addon().report([_wire(each.envelope, progress) for each, progress in said])
        except FabricError as error:
            log.warning("report.dropped", error=str(error))
            return
        for each, progress in said:
            each.told = progress


def _wire(envelope: Envelope, progress: Progress) -> Json:
    return {
        "subject": subject_of(envelope),
        "done": progress.done,
        "total": progress.total,
        "text": progress.text,
    }
