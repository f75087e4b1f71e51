"""What the relay and the worker need from the outside, as narrow protocols.

Real parts: ``outbox/``, ``writeback.py``, ``ledger/``, ``workers/publisher.py``.
In-memory fakes for tests: ``testing.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from odoo_bridge.job import Envelope, Outcome, Verdict


class Outbox(Protocol):
    """Where jobs wait for the relay."""

    name: str

    def claim(self, limit: int) -> AbstractContextManager[Sequence[Envelope]]:
        """Take up to ``limit`` jobs for an attempt.

        The claim holds for the length of the context: leaving it normally commits, an
        exception gives every job back as if it had never been taken.
        Raises ``StoreUnavailable``.
        """

    def wait(self, seconds: float) -> None:
        """Return when a job may have become claimable, at the latest after ``seconds``."""

    def close(self) -> None:
        """Let go of connections."""


class Publisher(Protocol):
    """The way to the broker."""

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once the broker has confirmed all of them. Raises ``BrokerUnavailable``."""


class WriteBack(Protocol):
    """The way back: results and states, committed together where the job lives."""

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """One verdict an outcome, in order.

        Raises ``Retryable`` or ``AppliedUnknown`` when the keeper gave no answer; calling again
        with the same outcomes is safe, the fence sees to it.
        """


class Caller(Protocol):
    """Executes a method of a model in Odoo with the rights of one job's user."""

    def execute_kw(self, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """What the method returned. Raises a ``FabricError`` of the fitting kind."""
