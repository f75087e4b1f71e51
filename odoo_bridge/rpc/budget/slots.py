"""Who may call now: the slots of one Odoo, divided among processes."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_bridge.rpc.budget import limit
from odoo_bridge.rpc.budget.shared import Ask, Grant, Holder, Need, Share, Shared

LASTS = 5.0
"""Seconds after which the slots of a process that says nothing are free: it may be dead."""
TURN = 0.1
"""Seconds that a process may keep more than its part while another one has nothing."""
WEIGHTS = {Share.INTERACTIVE: 4.0, Share.BULK: 1.0}
"""How many slot-seconds each share has in turn, where both want all."""
PATIENCE = 1.0
"""Seconds that an interactive call waits for long bulk calls, before it runs beside them."""


def settle(shared: Shared, ask: Ask, most: int, now: float) -> Grant:
    """Change ``shared`` as one process asks for it, and answer the process."""
    _forget(shared, now)
    limit.adjust(shared, ask, most, now)
    shared.breaker.note(answered=ask.answered, unanswered=ask.unanswered, error=ask.error, now=now)
    wanted = any(need.wanted for need in ask.needs.values())
    probe = (wanted or limit.in_use(shared)) and limit.take_probe(shared, ask, now)
    slots = {share: _divide(shared, ask, share, need, now) for share, need in ask.needs.items()}
    return Grant(
        slots=slots,
        limit=shared.limit,
        circuit=shared.breaker.circuit(now),
        retry_in=max(0.0, shared.breaker.until - now),
        probe=probe,
        trial=shared.breaker.take_trial(now),
        error=shared.breaker.error,
    )


def bulk_slots(total: int) -> int:
    """How many of all slots bulk may take: one is left for who waits, where there are several."""
    return max(1, total - 1)


def _forget(shared: Shared, now: float) -> None:
    for key, holder in list(shared.holders.items()):
        if now - holder.seen > LASTS:
            del shared.holders[key]
    if not shared.holders:
        shared.used.clear()


def _divide(shared: Shared, ask: Ask, share: Share, need: Need, now: float) -> int:
    """The slots of one share of a process from now on; what runs beyond them still counts."""
    key = f"{ask.process}/{share}"
    mine = shared.holders.pop(key, None) or _newcomer(shared, ask.group, share, now)
    shared.used[mine.account] += mine.slots * (now - mine.seen) / WEIGHTS[share]
    if not need.wanted:
        return 0
    granted = 0 if limit.listening(shared, now) else _target(shared, mine, need.wanted, now)
    slots = max(need.running, granted)
    if bool(slots) != bool(mine.slots):
        mine.since = now
    mine.slots, mine.wants, mine.seen = slots, need.wanted, now
    shared.holders[key] = mine
    return granted


def _newcomer(shared: Shared, group: str, share: Share, now: float) -> Holder:
    """Who was away has saved up nothing (start-time fair queueing, Goyal et al., 1996)."""
    mine = Holder(group, share, seen=now, since=now)
    active = {each.account for each in shared.holders.values()}
    least = min((shared.used[each] for each in active), default=0.0)
    shared.used[mine.account] = max(shared.used.get(mine.account, 0.0), least)
    return mine


def _target(shared: Shared, mine: Holder, wanted: int, now: float) -> int:
    others = list(shared.holders.values())
    total = limit.whole(shared.limit)
    room = _room(total, mine.share, others)
    hungry = [each for each in others if each.wants and not each.slots]
    if hungry:
        part = total // (1 + sum(bool(each.wants) for each in others))
        if mine.slots > part and now - mine.since >= TURN:
            return min(wanted, room, part)
        if mine.slots:
            wanted = min(wanted, mine.slots)
        else:
            room -= sum(_rank(shared, each) < _rank(shared, mine) for each in hungry)
            wanted = min(wanted, max(part, 1))
    if room < 1 and _starves(mine, others, now):
        return 1
    return max(0, min(wanted, room))


def _room(total: int, share: Share, others: Sequence[Holder]) -> int:
    room = total - sum(each.slots for each in others)
    if share is Share.BULK:
        bulk = sum(each.slots for each in others if each.share is Share.BULK)
        room = min(room, bulk_slots(total) - bulk)
    return room


def _starves(mine: Holder, others: Sequence[Holder], now: float) -> bool:
    """All slots are with long bulk calls: one more, so that no outcome waits for them."""
    return (
        mine.share is Share.INTERACTIVE
        and not mine.slots
        and now - mine.since >= PATIENCE
        and not any(each.slots for each in others if each.share is Share.INTERACTIVE)
    )


def _rank(shared: Shared, holder: Holder) -> tuple[float, float]:
    """Who has used least comes first; of these, who has waited longest."""
    return shared.used[holder.account], holder.since
