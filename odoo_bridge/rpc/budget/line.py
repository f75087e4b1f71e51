"""The calls of one share of one process that wait for a slot, and those that have one."""

from __future__ import annotations

from collections import deque
from threading import Event

from odoo_bridge.rpc.budget.shared import Need


class Ticket:
    """A call on its way through a line."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.admitted = False
        """It has a slot."""
        self.decided = Event()
        """Set when there is nothing more to wait for."""

    def decide(self, admitted: bool) -> None:
        """Wake who waits."""
        self.admitted = admitted
        self.decided.set()


class Line:
    """Not safe by itself: who uses it holds a lock."""

    def __init__(self) -> None:
        self.slots = 0
        self.running = 0
        self.closed = False
        """Nobody enters: what this process holds is being settled."""
        self._peak = 0
        self._rests: list[float] = []
        self._queues: dict[str, deque[Ticket]] = {}

    @property
    def waiting(self) -> int:
        """Calls without a slot."""
        return sum(map(len, self._queues.values()))

    def enter(self, ticket: Ticket) -> None:
        """Admit the call at once, or let it wait for a slot."""
        if self.closed or self.running >= self.slots:
            self._queues.setdefault(ticket.queue, deque()).append(ticket)
        else:
            self.running += 1
            ticket.decide(True)
        self._peak = max(self._peak, self.running + self.waiting)

    def leave(self, ticket: Ticket, rest_until: float = 0.0) -> None:
        """A call has ended, or waits no longer; its slot is free now, or after a rest."""
        if not ticket.admitted:
            waiting = self._queues.get(ticket.queue, deque())
            if ticket in waiting:
                waiting.remove(ticket)
            if not waiting:
                self._queues.pop(ticket.queue, None)
        elif rest_until:
            self._rests.append(rest_until)
        else:
            self.running -= 1

    def admit(self, now: float) -> None:
        """Let in whom there is a slot for, one of each queue in turns."""
        rested = [each for each in self._rests if each <= now]
        self._rests = [each for each in self._rests if each > now]
        self.running -= len(rested)
        while self._queues and not self.closed and self.running < self.slots:
            queue, tickets = next(iter(self._queues.items()))
            del self._queues[queue]
            tickets.popleft().decide(True)
            self.running += 1
            if tickets:
                self._queues[queue] = tickets  # behind the others

    def refuse(self) -> None:
        """Send away all who wait."""
        for tickets in self._queues.values():
            for ticket in tickets:
                ticket.decide(False)
        self._queues.clear()

    def rests_until(self) -> float | None:
        """When the next rest is over."""
        return min(self._rests, default=None)

    def need(self) -> Need:
        """What to ask for: as many slots as were of use since the last time."""
        current = self.running + self.waiting
        wanted, self._peak = max(self._peak, current), current
        return Need(self.running, wanted)
