"""``Retry-After``: when a service that is busy wants to be asked again (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 503})
"""Too Many Requests (RFC 6585, 4) and Service Unavailable: the statuses that the header is for."""
LONGEST = 24 * 3600.0
"""Seconds. A service that says more is asked again after a day."""


def is_busy(error: BaseException) -> bool:
    """Whether a task raised this because a service answered 429 or 503.

    That is an ``HTTPStatusError`` of httpx, an ``HTTPError`` of requests, or any other error with
    a ``response`` that has ``status_code`` and ``headers`` as theirs have.
    """
    return getattr(getattr(error, "response", None), "status_code", None) in BUSY


def retry_after(error: BaseException) -> float | None:
    """Seconds that the service wants to be left alone; ``None`` when it does not say.

    The header holds seconds, or a date; what is neither counts as not said.
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    return seconds_of(str(headers.get("Retry-After") or headers.get("retry-after") or ""))


def seconds_of(header: str) -> float | None:
    """Seconds that the header's text means from now on, a day at most; ``None`` for another."""
    text = header.strip()
    seconds = float(text) if text.isascii() and text.isdigit() else _until(text)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST)


def _until(date: str) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return None
    # HTTP's dates are all GMT; one without a zone is meant so.
    return (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
