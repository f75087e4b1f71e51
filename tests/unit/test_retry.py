"""When an attempt is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import OdooConflict, OdooRejected, OdooUnavailable, Retryable
from tasks.retry import Retry


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
