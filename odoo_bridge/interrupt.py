"""Stopping what a thread runs, as Celery can only stop processes: time limits of threads."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread, current_thread, get_ident, main_thread

from odoo_bridge.errors import TimeLimitExceeded

BEAT = 0.5
"""Seconds between two looks at the clock, so between two errors raised in a thread that is late."""


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise an error in another thread, when that one next runs Python: not while it waits in C.

    Python's C API, PyThreadState_SetAsyncExc.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


@dataclass(eq=False, slots=True)
class _Limited:
    thread: int
    ends_at: float


class TimeLimits:
    """The limits of all threads of a process, watched by one more.

    A thread that is late is told by ``TimeLimitExceeded``, raised in it again and again until it
    has left. A task may catch it to tidy up; what it returns later than ``grace`` seconds after
    its limit, having shrugged it off or having waited in C, is refused.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._limited: set[_Limited] = set()
        self._lock = Lock()
        self._busy = Event()
        Thread(target=self._loop, name="time-limits", daemon=True).start()

    @contextmanager
    def limiting(self, seconds: float) -> Iterator[None]:
        """Limit what this thread runs while the context is open. Raises ``TimeLimitExceeded``.

        It leaves a main thread alone: there runs a prefork pool's child, which Celery limits.
        """
        if current_thread() is main_thread():
            yield
            return
        limited = _Limited(get_ident(), time.monotonic() + seconds)
        with self._lock:
            self._limited.add(limited)
        self._busy.set()
        try:
            yield
        except TimeLimitExceeded as error:
            raise TimeLimitExceeded(_late(seconds)) from error
        finally:
            while limited in self._limited:
                try:
                    with self._lock:
                        self._limited.discard(limited)
                except TimeLimitExceeded:  # it may still come until we are forgotten
                    continue
        if time.monotonic() > limited.ends_at + self._grace:
            raise TimeLimitExceeded(_late(seconds))

    def _loop(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(BEAT)  # the rhythm itself, not a wait for something
            now = time.monotonic()
            with self._lock:  # so that no thread has gone on to another job
                if not self._limited:
                    self._busy.clear()
                for each in self._limited:
                    if each.ends_at < now:
                        raise_in(each.thread, TimeLimitExceeded)


def _late(seconds: float) -> str:
    return f"the attempt took longer than its task's time limit of {seconds:g} s"
