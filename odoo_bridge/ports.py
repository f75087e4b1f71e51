"""What the relay and the worker need from the outside, as narrow protocols.

Real parts: ``outbox/``, ``writeback.py``, ``ledger/``, ``workers/publisher.py``.
In-memory fakes for tests: ``testing.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from odoo_bridge.job import Envelope, InFlight, Outcome, Verdict


class Outbox(Protocol):
    """Where jobs wait for the relay."""

    name: str

    def claim(self, limit: int) -> AbstractContextManager[Sequence[Envelope]]:
        """Take up to ``limit`` jobs for an attempt.

        The claim holds for the length of the context: leaving it normally commits, an
        exception gives every job back as if it had never been taken.
        Raises ``StoreUnavailable``.
        """

    def in_flight(self) -> list[InFlight]:
        """What was claimed and has not ended. Raises ``StoreUnavailable``."""

    def rescue(self, attempts: Sequence[InFlight], *, begun: bool) -> list[str]:
        """Put orphans back; it costs them no attempt.

        Those that a worker had ``begun`` end as dead when that was the fourth worker they lost:
        they may be why. What was lost on its way to a worker never does.
        Returns the uuids of those that were still in flight with exactly this attempt; its late
        outcome is refused from now on. Raises ``StoreUnavailable``.
        """

    def wait(self, seconds: float) -> None:
        """Return when a job may have become claimable, at the latest after ``seconds``."""

    def close(self) -> None:
        """Let go of connections."""


class Publisher(Protocol):
    """The way to the broker."""

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once the broker has confirmed all of them. Raises ``BrokerUnavailable``."""


class Broker(Protocol):
    """What the rescue asks the broker."""

    def missing(self, attempts: Collection[InFlight]) -> list[InFlight]:
        """Those that certainly do not wait in their queue. Raises ``BrokerUnavailable``.

        Ask often, also about none: a broker may need to watch for a loss of its data.
        """


class LeaseStore(Protocol):
    """Which attempts run, known by their ``message_id``; time passes on the store's own clock.

    All methods raise ``LeasesUnavailable``.
    """

    def take(self, attempt: str, seconds: float) -> bool:
        """Begin a lease. False when there is one already, even if it has lapsed."""

    def extend(self, attempts: Collection[str], seconds: float) -> None:
        """Let these leases last so long from now on; those that the store lost are there again."""

    def release(self, attempts: Collection[str]) -> None:
        """End these leases, as far as they are there."""

    def left(self, attempts: Sequence[str]) -> Mapping[str, float]:
        """Seconds that are left of those leases that exist; of a lapsed one, 0 or less."""


class WriteBack(Protocol):
    """The way back: results and states, committed together where the job lives."""

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """One verdict an outcome, in order.

        Raises ``Retryable`` or ``AppliedUnknown`` when the keeper gave no answer; calling again
        with the same outcomes is safe, the fence sees to it. Any other error says that these
        outcomes were refused.
        """


class Caller(Protocol):
    """Executes a method of a model in Odoo with the rights of one job's user."""

    def execute_kw(self, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """What the method returned. Raises a ``FabricError`` of the fitting kind."""
