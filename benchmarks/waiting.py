"""Waiting for what cannot wake us."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from odoo_bridge.errors import FabricError
from workers.process import TICK

REST = 0.05
"""A process tree that uses less of a core than this has come to rest."""


def until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until the condition held. Raises ``FabricError`` when it does not in time."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise FabricError(f"{what}: not within {seconds:.0f} s")
        time.sleep(TICK)
    return time.monotonic() - start


def quiet(pid: int, seconds: float = 120.0) -> None:
    """Wait until a process and its children do nothing for half a second."""
    parent = psutil.Process(pid)
    before = _busy_seconds(parent)

    def resting() -> bool:
        nonlocal before
        time.sleep(0.5)  # the interval that is measured
        now = _busy_seconds(parent)
        rests, before = now - before < REST * 0.5, now
        return rests

    until(resting, seconds, f"process {pid} comes to rest")


def _busy_seconds(parent: psutil.Process) -> float:
    total = 0.0
    for process in (parent, *parent.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
