"""What stops a thread that takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo_bridge.errors import TimeLimitExceeded
from odoo_bridge.interrupt import TimeLimits

GRACE = 0.6


@pytest.fixture(scope="module")
def limits() -> TimeLimits:
    return TimeLimits(GRACE)


def in_thread(function: Callable[[], str]) -> str:
    """What the function gave in a thread of its own; afterwards that thread is at peace."""
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(function).result(30)
        finally:
            assert pool.submit(compute, 1.2).result(30) == "computed"


def compute(seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return "computed"


def test_who_is_in_time_is_left_alone(limits: TimeLimits) -> None:
    def task() -> str:
        with limits.limiting(0.8):
            return compute(0.1)

    assert in_thread(task) == "computed"


def test_who_computes_too_long_is_stopped(limits: TimeLimits) -> None:
    def task() -> str:
        with limits.limiting(0.1):
            return compute(30)

    begun = time.monotonic()
    with pytest.raises(TimeLimitExceeded, match=r"time limit of 0\.1 s"):
        in_thread(task)
    assert time.monotonic() - begun < 20


def test_a_task_may_tidy_up(limits: TimeLimits) -> None:
    def task() -> str:
        with limits.limiting(0.1):
            try:
                return compute(30)
            except TimeLimitExceeded:
                return "tidied up"

    assert in_thread(task) == "tidied up"


def test_a_result_after_the_grace_is_refused(limits: TimeLimits) -> None:
    """It shrugged the error off, or waited in C, where none can be raised."""

    def task() -> str:
        result = ""
        with limits.limiting(0.1):
            end = time.monotonic() + 0.1 + GRACE + 0.1
            while time.monotonic() < end:
                try:
                    result = compute(end - time.monotonic())
                except TimeLimitExceeded:
                    continue
        return result

    with pytest.raises(TimeLimitExceeded):
        in_thread(task)


def test_a_main_thread_is_celerys(limits: TimeLimits) -> None:
    with limits.limiting(0.1):
        assert compute(1.2) == "computed"
