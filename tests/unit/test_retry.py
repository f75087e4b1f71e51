"""When an attempt is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import OdooConflict, OdooRejected, OdooUnavailable, Retryable
from tasks.retry import Retry
from tasks.retry_after import LONGEST


@given(attempt=st.integers(1, 200), first=st.floats(0.1, 60), longest=st.floats(1, 7200))
def test_backoff_is_bounded_by_its_longest(attempt: int, first: float, longest: float) -> None:
    policy = Retry(max_attempts=1000, first=first, longest=longest)
    seconds = policy.retry_in(attempt, Retryable("x"), 1000)
    assert seconds is not None
    assert 0 <= seconds <= min(longest, first * 2 ** (attempt - 1))


def test_last_attempt_is_the_last() -> None:
    assert Retry().retry_in(5, OdooConflict("x"), 5) is None
    assert Retry().retry_in(4, OdooConflict("x"), 5) is not None


def test_permanent_errors_and_unforeseen_ones_are_not_retried() -> None:
    assert Retry().retry_in(1, OdooRejected("x"), 5) is None
    assert Retry().retry_in(1, ZeroDivisionError(), 5) is None


def test_a_task_may_name_more_errors() -> None:
    assert Retry(on=(Retryable, OSError)).retry_in(1, TimeoutError(), 5) is not None


def test_an_error_that_says_when_is_believed() -> None:
    assert Retry().retry_in(1, Retryable("busy", retry_in=17), 5) == 17


def test_an_odoo_that_is_away_never_uses_up_a_job() -> None:
    assert Retry().retry_in(99, OdooUnavailable("down"), 5) is not None


class Answered(Exception):
    """As httpx's ``HTTPStatusError`` and requests' ``HTTPError``."""

    def __init__(self, status: int, **headers: str) -> None:
        self.response = SimpleNamespace(
            status_code=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_says_when_to_come_back(status: int) -> None:
    assert Retry().retry_in(1, Answered(status, Retry_After="17"), 5) == 17
    assert Retry().retry_in(5, Answered(status, Retry_After="17"), 5) is None


def test_retry_after_may_be_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    seconds = Retry().retry_in(1, Answered(429, retry_after=then), 5)
    assert seconds is not None
    assert 80 < seconds <= 90
    past = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert Retry().retry_in(1, Answered(503, Retry_After=past), 5) == 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "٣", "Sun, 99 Nov 1994 08:49:37 GMT"])
def test_what_is_no_retry_after_leaves_it_to_the_policy(text: str) -> None:
    seconds = Retry(first=2).retry_in(1, Answered(429, Retry_After=text), 5)
    assert seconds is not None
    assert 0 <= seconds <= 2


def test_retry_after_is_bounded() -> None:
    assert Retry().retry_in(1, Answered(503, Retry_After="9" * 400), 5) == LONGEST


def test_other_answers_are_not_retried() -> None:
    assert Retry().retry_in(1, Answered(404, Retry_After="17"), 5) is None
    assert Retry().retry_in(1, Answered(500), 5) is None
