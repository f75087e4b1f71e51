"""``Bucket``: how many deliveries a source may send, on average and at once."""

from __future__ import annotations

from math import ceil
from typing import Self

from odoo_bridge.sources import Limits


class Bucket:
    """A token bucket: it holds ``burst`` tokens, and ``per_second`` of them come back."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._rate = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = float("-inf")

    @classmethod
    def of(cls, limits: Limits) -> Self | None:
        """None when there is no limit."""
        if limits.per_second is None:
            return None
        return cls(limits.per_second, limits.burst or ceil(limits.per_second))

    def wait(self, now: float) -> float:
        """Take a token: 0, or the seconds until there is one. ``now`` never goes back."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
