"""How many calls may run at once: additive increase, multiplicative decrease.

What a person would feel is measured, not guessed: while the fabric is at work, one process now
and then makes the smallest call there is and compares it with the fastest that it has ever been.
Jobs' own calls differ too much from one another to tell that.
(D.-M. Chiu and R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
Avoidance in Computer Networks", 1989; the fastest as a base: TCP Vegas, Brakmo et al., 1994.)
"""

from __future__ import annotations

import math

from odoo_bridge.rpc.budget.shared import Ask, Share, Shared

STEP = 0.05
"""Added after each measurement that was quick."""
EASE = 0.7
"""Kept after each measurement that was slow."""
EASE_MUCH = 0.5
"""Kept when Odoo turned a call away, at most once in ``EASE_PAUSE`` seconds, and down to one call:
whom that is too much for is away, which is the breaker's."""
EASE_PAUSE = 1.0
LEAST = 0.2
"""Below it nothing moves any more: a fifth of the time for one call."""
LEAST_PART = {Share.INTERACTIVE: 0.5, Share.BULK: LEAST}
"""What each share keeps of the time: who waits for an outcome is a person too."""
EVERY = 0.3
"""Seconds between two measurements."""
LISTENS = 2.0
"""Seconds that the very first one may take; nobody calls meanwhile."""
SLOW_FACTOR = 2.0
SLOW_SLACK = 0.005
"""A call is slow above so many times the fastest, and seconds more."""
AVOIDS = 120.0
"""Seconds for which so many calls at once as were slow are not tried again: each try is felt."""
BELOW = 0.01
MEASURER_LASTS = 3.0
"""Seconds after which others measure, when who does it for all says nothing."""
FORGETS = 0.005
"""How far each measurement draws the fastest to it, so that a slower machine is learned."""
LONGEST_REST = 1.0
"""Seconds between two calls, at most."""


def whole(limit: float) -> int:
    """Slots that there are."""
    return max(1, int(limit))


def rest(limit: float, seconds: float, share: Share) -> float:
    """Seconds of rest after a call of ``seconds``, when less than one may run at a time."""
    part = min(1.0, max(limit, LEAST_PART[share]))
    return min(seconds * (1 - part) / part, LONGEST_REST)


def adjust(shared: Shared, ask: Ask, most: int, now: float) -> None:
    """Learn from how calls went. ``most`` is what the limit never exceeds."""
    limit = shared.limit
    if ask.measures:
        shared.measurer_until = now + MEASURER_LASTS
    if ask.overloads and now - shared.eased_at >= EASE_PAUSE:
        limit, shared.eased_at = min(limit, max(1.0, limit * EASE_MUCH)), now
    if ask.probe is not None:
        if _slow(shared, ask.probe):
            if whole(limit) > 1 and _used(shared):
                shared.too_many, shared.retry_at = whole(limit), now + AVOIDS
            limit *= EASE
        elif _used(shared):
            limit = max(limit, min(limit + STEP, _ceiling(shared, now)))
    shared.limit = min(max(limit, LEAST), float(most))


def in_use(shared: Shared) -> bool:
    """Whether anybody calls."""
    return any(each.wants for each in shared.holders.values())


def take_probe(shared: Shared, ask: Ask, now: float) -> bool:
    """True for one process when it is time to measure."""
    if now < shared.probe_at or (now < shared.measurer_until and not ask.measures):
        return False
    shared.probe_at = now + (EVERY if shared.fastest else LISTENS)
    return True


def listening(shared: Shared, now: float) -> bool:
    """Whether nobody may call yet: what is measured first is what all is compared with."""
    return not shared.fastest and now < shared.probe_at


def _slow(shared: Shared, seconds: float) -> bool:
    fastest = min(shared.fastest or seconds, seconds)
    shared.fastest = fastest + FORGETS * (seconds - fastest)
    return seconds > SLOW_FACTOR * fastest + SLOW_SLACK


def _ceiling(shared: Shared, now: float) -> float:
    """Just below what was too many a short while ago (as W_max of CUBIC, RFC 9438)."""
    return shared.too_many - BELOW if now < shared.retry_at else math.inf


def _used(shared: Shared) -> bool:
    """A limit that nobody reaches does not grow (RFC 7661)."""
    return sum(each.wants for each in shared.holders.values()) >= whole(shared.limit)
