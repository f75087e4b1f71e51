"""The budget of one process: who may call Odoo now.

A call costs a lock, no more: slots are asked for by one thread, which keeps them while there is
use for them and tells meanwhile, ten times a second, how the calls went.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Event, Lock, Thread

import structlog

from odoo_bridge.errors import AppliedUnknown, FabricError, OdooUnavailable
from odoo_bridge.rpc.budget.breaker import Circuit
from odoo_bridge.rpc.budget.limit import EVERY, rest
from odoo_bridge.rpc.budget.line import Line, Ticket
from odoo_bridge.rpc.budget.shared import Ask, Grant, Share
from odoo_bridge.rpc.budget.store import BudgetStore

log = structlog.get_logger(__name__)

BEAT = 0.1
"""Seconds between two exchanges with the store while calls run."""
POLL = 0.02
"""The same while a call waits and this process has no slot for it."""
FRESH = 0.5
"""Seconds that what the store said of the circuit is believed by who does not call."""
# How Odoo and proxies before it say that they have too much to do (odoo/sql_db.py, PoolError;
# PostgreSQL's 53300; RFC 9110, 15.6.4).
_OVERLOADED = re.compile(
    r"Connection Pool Is Full|too many (?:clients|connections)|remaining connection slots|HTTP 503"
)
_UNANSWERED = (OdooUnavailable, AppliedUnknown)


@dataclass(slots=True)
class _News:
    """How calls went since the last exchange."""

    answered: bool = False
    unanswered: int = 0
    overloads: int = 0
    probe: float | None = None
    error: str = ""

    def note(self, error: BaseException | None) -> None:
        overloaded = isinstance(error, _UNANSWERED) and bool(_OVERLOADED.search(str(error)))
        self.overloads += overloaded
        # A full pool is an answer, though no good one: Odoo is there.
        if isinstance(error, _UNANSWERED) and (not overloaded or "HTTP" in str(error)):
            self.unanswered, self.error = self.unanswered + 1, str(error)
        else:
            self.answered, self.unanswered = True, 0


@dataclass(slots=True)
class _State:
    """All that must not be shared with a forked child."""

    pid: int = field(default_factory=os.getpid)
    name: str = field(default_factory=lambda: f"{os.uname().nodename}:{os.getpid()}:{token_hex(3)}")
    lock: Lock = field(default_factory=Lock)
    exchanging: Lock = field(default_factory=Lock)
    wake: Event = field(default_factory=Event)
    lines: dict[Share, Line] = field(default_factory=lambda: {share: Line() for share in Share})
    news: _News = field(default_factory=_News)
    grant: Grant = field(default_factory=lambda: Grant({}, 1.0, Circuit.CLOSED))
    exchanged_at: float = 0.0
    measuring: bool = False


class Budget:
    """Calls at once to one Odoo, and whether it answers at all.

    ``measure`` makes the smallest call there is; ``knock`` makes one that needs the database.
    Both raise ``FabricError``s. ``group`` is among whom the budget is fair: a pool of workers.
    """

    def __init__(
        self,
        store: BudgetStore,
        *,
        measure: Callable[[], object],
        knock: Callable[[], object],
        group: str = "",
    ) -> None:
        self.group = group
        self.measures = False
        """This process measures for all that call this Odoo, though it may make no calls."""
        self._store = store
        self._measure = measure
        self._knock = knock
        self._state: _State | None = None

    @contextmanager
    def calling(self, queue: str, share: Share) -> Iterator[None]:
        """Wait for a slot and hold it while the context is open.

        Raises ``OdooUnavailable`` at once while the circuit is not closed.
        """
        state, ticket, caught = self._ours(), Ticket(queue), None
        began = time.monotonic()
        try:
            self._enter(state, ticket, share)
            began = time.monotonic()
            yield
        except FabricError as error:
            caught = error
            raise
        finally:
            self._leave(state, ticket, share, time.monotonic() - began, caught)

    def circuit(self) -> Circuit:
        """Whether Odoo answers, also for a process that makes no calls of its own."""
        state = self._ours()
        if time.monotonic() - state.exchanged_at > FRESH:
            self._exchange(state)
        return state.grant.circuit

    def _ours(self) -> _State:
        """This process's own state, with a thread that keeps it: a fork leaves both behind."""
        state = self._state
        if state is None or state.pid != os.getpid():
            state = self._state = _State()
            Thread(target=self._keep, args=[state], name="budget", daemon=True).start()
        return state

    def _enter(self, state: _State, ticket: Ticket, share: Share) -> None:
        line = state.lines[share]
        with state.lock:
            if state.grant.circuit is not Circuit.CLOSED:
                raise _away(state.grant)
            line.enter(ticket)
            starving = not ticket.admitted and not line.slots
        if starving:
            state.wake.set()
        ticket.decided.wait()
        if not ticket.admitted:
            raise _away(state.grant)

    def _leave(
        self, state: _State, ticket: Ticket, share: Share, seconds: float, error: FabricError | None
    ) -> None:
        now = time.monotonic()
        with state.lock:
            line = state.lines[share]
            over = line.running > line.slots
            pause = rest(state.grant.limit, seconds, share)
            line.leave(ticket, now + pause if pause else 0.0)
            line.admit(now)
            if ticket.admitted:
                state.news.note(error)
            news = state.news.unanswered or state.news.overloads
        must_tell = news or pause or over
        if must_tell:
            state.wake.set()

    def _keep(self, state: _State) -> None:
        failing = False
        while True:
            state.wake.wait(self._pause(state))
            state.wake.clear()
            try:
                self._exchange(state)
                failing = False
            except Exception:
                # A defect must not stop all work: go on with what there is, and say so once.
                if not failing:
                    log.exception("budget.failed")
                failing = True
                self._apply(state, state.grant)

    def _pause(self, state: _State) -> float | None:
        """Seconds until something must be said, or None: idle."""
        with state.lock:
            lines = state.lines.values()
            if any(line.waiting and not line.slots for line in lines):
                return POLL
            now = time.monotonic()
            rests = [until - now for line in lines if (until := line.rests_until()) is not None]
            if any(line.slots or line.running for line in lines):
                return max(0.0, min([BEAT, *rests]))
            if state.grant.circuit is not Circuit.CLOSED:
                return FRESH
            return EVERY if self.measures else None

    def _exchange(self, state: _State) -> None:
        with state.exchanging:
            with state.lock:
                for line in state.lines.values():
                    line.admit(time.monotonic())
                    # Who came in now would not be counted in what we say.
                    line.closed = True
                needs = {share: line.need() for share, line in state.lines.items()}
                news, state.news = state.news, _News()
            ask = Ask(
                state.name, self.group, needs, news.answered, news.unanswered, news.overloads,
                news.probe, news.error, self.measures,
            )  # fmt: skip
            self._apply(state, self._store.exchange(ask))

    def _apply(self, state: _State, grant: Grant) -> None:
        with state.lock:
            before, state.grant = state.grant.circuit, grant
            state.exchanged_at = time.monotonic()
            for share, line in state.lines.items():
                line.closed = False
                line.slots = grant.slots.get(share, 1)
                if grant.circuit is Circuit.CLOSED:
                    line.admit(state.exchanged_at)
                else:
                    line.refuse()
            look = (grant.probe or grant.trial) and not state.measuring
            state.measuring = state.measuring or look
        if before is not grant.circuit:
            log.warning("odoo.circuit", circuit=grant.circuit.value, error=grant.error or None)
        if look:
            call = self._knock if grant.trial else self._measure
            Thread(target=self._look, args=[state, call], name="budget-look", daemon=True).start()

    def _look(self, state: _State, call: Callable[[], object]) -> None:
        """Time one call that is outside of the budget, as a person's would be."""
        began, caught = time.monotonic(), None
        try:
            call()
        except FabricError as error:
            caught = error
        finally:
            with state.lock:
                state.measuring = False
                state.news.note(caught)
                state.news.probe = time.monotonic() - began if call is self._measure else None
            state.wake.set()


def _away(grant: Grant) -> OdooUnavailable:
    return OdooUnavailable(
        f"Odoo does not answer ({grant.error}), so nothing is asked of it for now",
        retry_in=max(1.0, grant.retry_in),
    )
