"""What all processes that call one Odoo know together, and what one of them says and hears.

All times are seconds on the clock of the store that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from odoo_bridge.rpc.budget.breaker import Breaker, Circuit

FIRST_LIMIT = 2.0
"""Calls at once, before anything was learned."""


class Share(StrEnum):
    """Who waits for a call: a person or another process, or nobody."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


@dataclass(slots=True)
class Holder:
    """The slots of one share of one process: each lets one call run."""

    group: str
    share: Share
    slots: int = 0
    wants: int = 0
    seen: float = 0.0
    """When it last said so; it lapses when it says nothing more."""
    since: float = 0.0
    """Since when it has had slots, or has had none."""

    @property
    def account(self) -> str:
        """What its use is added to."""
        return f"{self.group}/{self.share}"


@dataclass(slots=True)
class Shared:
    """One Odoo's budget and circuit breaker."""

    limit: float = FIRST_LIMIT
    """Calls at once; below 1, the part of the time in which one may run."""
    eased_at: float = 0.0
    """When an overload last lowered the limit."""
    fastest: float = 0.0
    """Seconds that the smallest call takes when Odoo is idle; 0: not known."""
    probe_at: float = 0.0
    """When to measure next how long the smallest call takes."""
    measurer_until: float = 0.0
    """Until then only who measures for all does so: it has said that it is there."""
    too_many: int = 0
    """So many calls at once were slow when they were last tried; 0: not known."""
    retry_at: float = 0.0
    """When to try them again."""
    used: dict[str, float] = field(default_factory=dict)
    """Slot-seconds that each group has used of each share, by weight: the base of fairness."""
    holders: dict[str, Holder] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True, slots=True)
class Need:
    """How many calls of a share run in a process, and how many it would run."""

    running: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What a process tells: what it needs, and how its calls went since it last asked."""

    process: str
    group: str
    needs: Mapping[Share, Need] = field(default_factory=dict)
    answered: bool = False
    """Odoo answered a call, be it with an error."""
    unanswered: int = 0
    """Calls that Odoo did not answer, after the last one that it answered."""
    overloads: int = 0
    """Calls that Odoo turned away because it had too much to do."""
    probe: float | None = None
    """Seconds that the smallest call took."""
    error: str = ""
    """Of the last call that Odoo did not answer."""
    measures: bool = False
    """It measures for all."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a process hears."""

    slots: Mapping[Share, int]
    limit: float
    circuit: Circuit
    retry_in: float = 0.0
    """Seconds until somebody tries whether Odoo is back."""
    probe: bool = False
    """Measure the smallest call now, and tell."""
    trial: bool = False
    """Try now whether Odoo is back, and tell."""
    error: str = ""
