"""Keeps the processes of one machine running: starts, watches, restarts, drains."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self

import psutil

from odoo_bridge.errors import ConfigurationError
from workers import process

_LONGEST_PAUSE = 30.0
_STEADY_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how to know that it runs."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    """The whole environment; None: this process's."""
    ready: Callable[[], bool] | None = None
    """True once the program does its work; without it, running is ready."""
    user: str | None = None
    """Run as this user, which only root can ask for."""
    start_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    """How long it may take to end after it was asked to."""

    @property
    def stop_steps(self) -> process.Steps:
        return ((self.stop_signal, self.stop_seconds), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Status:
    """One line of the status table."""

    name: str
    pid: int
    state: str
    """``running``, or why not."""
    seconds: float
    restarts: int
    memory: int
    """Resident bytes of the process and its children."""


class _Child:
    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.restarts = 0
        self.pause = 1.0
        self.restart_at = 0.0
        self.spawn()

    def spawn(self) -> None:
        self.started = time.monotonic()
        self.process = process.spawn(
            self.program.argv, env=self.program.env, log=self.log, user=self.program.user
        )

    def alive(self) -> bool:
        return self.process.poll() is None


class Supervisor:
    """Starts groups of programs, and stops them in reverse. Logs go to ``logs``, a file each."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        self._groups: list[list[_Child]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self, *programs: Program) -> None:
        """Run a group of programs at once and wait until all are ready.

        Raises ``ConfigurationError`` with the end of its log when one does not get there.
        """
        started = [_Child(each, self.logs / f"{each.name}.log") for each in programs]
        self._groups.append(started)
        for child in started:
            ready = child.program.ready or child.alive
            if not process.wait_ready(child.process, ready, child.program.start_seconds):
                raise ConfigurationError(_why_not(child))

    def watch(self) -> None:
        """Restart what ended, with a growing pause. Call it about once a second."""
        now = time.monotonic()
        for child in chain(*self._groups):
            if child.alive():
                if now - child.started > _STEADY_AFTER:
                    child.pause, child.restart_at = 1.0, 0.0
            elif not child.restart_at:
                child.restart_at = now + child.pause
                child.pause = min(child.pause * 2, _LONGEST_PAUSE)
            elif now >= child.restart_at:
                child.restart_at = 0.0
                child.restarts += 1
                child.spawn()

    def status(self) -> list[Status]:
        """How each program is, in the order of their start."""
        return [_status(child) for child in chain(*self._groups)]

    def stop(self) -> None:
        """Stop all groups, the last one first; each program is given time to finish its work."""
        while self._groups:
            group = self._groups.pop()
            with ThreadPoolExecutor(max_workers=len(group) or 1) as threads:
                threads.map(
                    lambda child: process.stop(child.process, child.program.stop_steps), group
                )


def _status(child: _Child) -> Status:
    alive = child.alive()
    state = "running" if alive else f"ended with {child.process.returncode}, restarts soon"
    return Status(
        child.program.name,
        child.process.pid,
        state,
        time.monotonic() - child.started,
        child.restarts,
        _memory(child.process.pid) if alive else 0,
    )


def _why_not(child: _Child) -> str:
    how = "was not ready in time" if child.alive() else "ended at start"
    return f"{child.program.name} {how}; its log ends:\n{_tail(child.log)}"


def _memory(pid: int) -> int:
    try:
        parent = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
