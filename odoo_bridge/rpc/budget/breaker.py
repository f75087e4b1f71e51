"""The circuit breaker: whether Odoo answers at all, as its callers know it together.

closed → open after ``ENOUGH`` calls in a row without an answer; open → half-open when its pause
is over: one process makes one call, which closes it or opens it for twice as long.
(M. Nygard, "Release It!", 2007, chapter 5.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ENOUGH = 5
"""Calls in a row, of all processes, without an answer."""
SHORTEST = 1.0
LONGEST = 30.0
"""Seconds of a pause."""
TRIAL_LASTS = 15.0
"""Seconds after which a trial that told nothing is given to another process."""


class Circuit(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class Breaker:
    """Times are those of its keeper's clock."""

    unanswered: int = 0
    """Calls in a row."""
    until: float = 0.0
    """When its pause is over; 0: closed."""
    pause: float = SHORTEST
    trial_until: float = 0.0
    opened_at: float = 0.0
    error: str = ""

    def circuit(self, now: float) -> Circuit:
        """Closed, open or half-open."""
        if not self.until:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.until else Circuit.HALF_OPEN

    def note(self, *, answered: bool, unanswered: int, error: str, now: float) -> None:
        """Calls went well or not; ``unanswered`` are those after the last that was answered."""
        if answered:
            self.unanswered, self.until, self.pause, self.trial_until = 0, 0.0, SHORTEST, 0.0
        if not unanswered:
            return
        self.unanswered += unanswered
        self.error = error
        if not self.until and self.unanswered >= ENOUGH:
            self.until, self.opened_at = now + self.pause, now
        elif self.until and self.trial_until and now >= self.until:
            self.pause = min(2 * self.pause, LONGEST)
            self.until, self.trial_until = now + self.pause, 0.0

    def take_trial(self, now: float) -> bool:
        """True for one process when it is time to try whether Odoo is back."""
        if self.circuit(now) is not Circuit.HALF_OPEN or now < self.trial_until:
            return False
        self.trial_until = now + TRIAL_LASTS
        return True
