"""When a failed attempt is tried again: a policy, not a loop.

A retry is a state change in SQL with an eta; nothing here sleeps.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from odoo_bridge.errors import OdooUnavailable, Postponed, Retryable
from tasks.retry_after import is_busy, retry_after

FREE = (OdooUnavailable, Postponed)
"""Errors that cost a job none of its attempts."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.)
    ``first`` and ``longest`` are seconds; ``on`` lists the errors that are worth another attempt.
    """

    max_attempts: int = 5
    first: float = 5.0
    longest: float = 3600.0
    on: tuple[type[Exception], ...] = (Retryable,)

    def retry_in(self, attempt: int, error: BaseException, max_attempts: int) -> float | None:
        """Seconds until the next attempt, or ``None`` when there is none.

        ``attempt`` counts from 1. An error that says when to come back is believed, also that of an
        HTTP service that is busy, which is always worth another attempt (``tasks.retry_after``). An
        Odoo that is away is not the job's fault: that costs no attempt at all.
        """
        spent = attempt >= max_attempts and not isinstance(error, FREE)
        if spent or not (isinstance(error, self.on) or is_busy(error)):
            return None
        hint = error.retry_in if isinstance(error, Retryable) else retry_after(error)
        if hint is not None:
            return hint
        ceiling = min(self.longest, self.first * 2 ** (attempt - 1))
        return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
