"""``RpcOutbox``: Odoo's jobs over RPC, for a hosted Odoo whose database is out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Event

import structlog

from odoo_bridge.errors import AppliedUnknown, FabricError, StoreUnavailable
from odoo_bridge.job import Envelope, InFlight, Origin, State
from odoo_bridge.rpc.addon import Addon

log = structlog.get_logger(__name__)

SHORTEST = 0.1
"""Seconds between two looks while jobs come."""
GROWTH = 1.5
"""How much longer each look that found nothing makes the next pause."""


class RpcOutbox:
    """The ``Outbox`` port over the addon's methods.

    It differs from an outbox in a database in two ways. Nobody notifies: it looks often while
    jobs come, and ever less often, down to what the caller of ``wait`` allows, while none do.
    And a claim is committed before the caller publishes: an exception puts the jobs back as the
    next attempt, and what a crash leaves behind is the rescue's.
    """

    name = "odoo"

    def __init__(self, connect: Callable[[], Addon]) -> None:
        self._connect = connect
        self._pause = SHORTEST
        self._closed = Event()

    @cached_property
    def _addon(self) -> Addon:
        return self._connect()

    @contextmanager
    def claim(self, limit: int) -> Iterator[list[Envelope]]:
        """Take up to ``limit`` jobs; see ``Outbox.claim``."""
        with _store_errors():
            rows = self._addon.claim(limit)
        envelopes = [Envelope(**row | {"origin": Origin.ODOO}) for row in rows]
        self._pause = SHORTEST if envelopes else self._pause * GROWTH
        try:
            yield envelopes
        except BaseException:
            self._give_back(envelopes)
            raise

    def in_flight(self) -> list[InFlight]:
        """What was claimed and has not ended; see ``Outbox.in_flight``."""
        with _store_errors():
            rows = self._addon.in_flight()
        return [InFlight(**row | {"state": State(row["state"])}) for row in rows]

    def rescue(self, attempts: Sequence[InFlight], *, begun: bool) -> list[str]:
        """Put orphans back; see ``Outbox.rescue``."""
        with _store_errors():
            return self._addon.rescue([(each.uuid, each.attempt) for each in attempts], begun=begun)

    def wait(self, seconds: float) -> None:
        """Return when it is time to look again, at the latest after ``seconds``."""
        self._pause = min(self._pause, max(seconds, SHORTEST))
        self._closed.wait(min(self._pause, seconds))

    def close(self) -> None:
        """End a wait."""
        self._closed.set()

    def _give_back(self, envelopes: Sequence[Envelope]) -> None:
        if not envelopes:
            return
        try:
            self._addon.rescue([(each.uuid, each.attempt) for each in envelopes], begun=False)
        except FabricError as error:
            log.warning("claim.left_to_the_rescue", jobs=len(envelopes), error=str(error))


@contextmanager
def _store_errors() -> Iterator[None]:
    """An answer that never came as ``StoreUnavailable``: what it may have done is rescued."""
    try:
        yield
    except AppliedUnknown as error:
        raise StoreUnavailable(f"Odoo gave no answer: {error}") from error
