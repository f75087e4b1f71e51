"""A job as it crosses borders: its state, envelope, outcome and verdict.

Everything here is small JSON: ids and plain values, never records, never secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

Json = dict[str, Any]
"""A JSON object as Python sees it."""


class State(StrEnum):
    """Where a job stands. SQL, Odoo and the docs use the same words."""

    WAITING = "waiting"
    SCHEDULED = "scheduled"
    PARKED = "parked"
    PENDING = "pending"
    ENQUEUED = "enqueued"
    STARTED = "started"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.SCHEDULED, State.PARKED, State.PENDING, State.CANCELLED}),
    State.SCHEDULED: frozenset({State.PARKED, State.PENDING, State.CANCELLED}),
    State.PARKED: frozenset({State.PENDING, State.CANCELLED}),
    State.PENDING: frozenset({State.PARKED, State.ENQUEUED, State.CANCELLED}),
    State.ENQUEUED: frozenset(
        {
            State.STARTED,
            State.DONE,
            State.DEAD,
            State.SCHEDULED,
            State.PENDING,
            State.CANCELLED,
        }
    ),
    State.STARTED: frozenset(
        {State.DONE, State.DEAD, State.SCHEDULED, State.PENDING, State.CANCELLED}
    ),
    State.DONE: frozenset(),
    State.DEAD: frozenset({State.WAITING, State.PARKED, State.PENDING, State.DONE}),
    State.CANCELLED: frozenset({State.WAITING, State.PARKED, State.PENDING}),
}
"""Every legal move; Odoo's database refuses all others. docs/explanation/states.md draws it."""

FINAL = frozenset({State.DONE, State.DEAD, State.CANCELLED})
IN_FLIGHT = frozenset({State.ENQUEUED, State.STARTED})


class Origin(StrEnum):
    """Which outbox a job came from, and so where its outcome goes."""

    ODOO = "odoo"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One attempt of one job, as it crosses the broker.

    ``(uuid, attempt)`` is the fence: Odoo and the ledger accept an outcome only for the
    attempt that they handed out last.

    ``user_id`` is the ``res.users`` id that the job acts as, 0 for a delivery, whose
    source names its user inside Odoo. ``context`` holds ``lang``, ``tz`` and
    ``allowed_company_ids`` of the user who enqueued it.
    """

    uuid: str
    attempt: int
    task: str
    queue: str
    origin: Origin = Origin.ODOO
    params: Json = field(default_factory=dict)
    user_id: int = 0
    context: Json = field(default_factory=dict)
    correlation_id: str = ""
    max_attempts: int = 1
    priority: int = 10
    """Lower goes first."""

    @property
    def message_id(self) -> str:
        """The Celery task id: one per attempt, and found in Flower by the job's uuid."""
        return f"{self.uuid}.{self.attempt}"

    def to_wire(self) -> Json:
        """Shallow: what it gives is to be serialized, not changed."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_wire(cls, wire: Json) -> Self:
        """Raises ``TypeError`` or ``ValueError`` on a message that is not an envelope."""
        return cls(**{**wire, "origin": Origin(wire.get("origin", Origin.ODOO))})


@dataclass(frozen=True, slots=True)
class InFlight:
    """An attempt that was handed out and has not ended, as its outbox knows it."""

    uuid: str
    attempt: int
    queue: str
    state: State
    claimed_seconds: float
    """How long ago it was claimed, on the outbox's own clock."""

    @property
    def message_id(self) -> str:
        """See ``Envelope.message_id``."""
        return f"{self.uuid}.{self.attempt}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ``total`` 0 means that nobody knows."""

    done: int = 0
    total: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One change to Odoo that commits together with a job's result.

    ``kind`` and its ``args`` (JSON):

    - ``create``: ``model``, ``values`` (a list of dicts) → ids
    - ``write``: ``model``, ``ids``, ``values`` → True
    - ``upsert``: ``model``, ``key``, ``values``, … → id, and what was done (``tasks.job.Upsert``)
    - ``unlink``: ``model``, ``ids`` → True
    - ``call``: ``model``, ``ids``, ``method``, ``args``, ``kwargs``, a public method → its result
    - ``attach``: ``name``, ``mimetype``, ``datas`` (base64), on the job itself → attachment id
    """

    kind: str
    args: Json

    def to_wire(self) -> Json:
        return {"kind": self.kind, **self.args}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, on its way back.

    ``state`` is ``done``, ``dead`` or ``scheduled`` (a retry, ``retry_in`` seconds from now
    on the clock of the database that keeps the job).
    """

    envelope: Envelope
    state: State
    result: Any = None
    operations: tuple[Operation, ...] = ()
    error: str = ""
    traceback: str = ""
    retry_in: float = 0.0
    counts: bool = True
    """Whether a retry costs one of the job's attempts."""
    started_at: float = 0.0
    """Unix time, seconds."""
    seconds: float = 0.0
    """How long the attempt ran."""
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the keeper of a job said to an outcome.

    ``accepted`` is false when the fence refused it (late, doubled or cancelled). ``state`` is
    where the job stands now: an outcome ``done`` whose operations Odoo refused becomes ``dead``
    or ``scheduled``, with the reason in ``error``.
    """

    uuid: str
    attempt: int
    accepted: bool
    state: State
    error: str = ""
    results: tuple[Any, ...] = ()
    """One entry an operation, in order."""
