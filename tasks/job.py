"""``Job``: one attempt of one job, as its task sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, Unpack

import structlog

from odoo_bridge.errors import Cancelled, ConfigurationError
from odoo_bridge.job import Envelope, Json, Operation, Progress
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.receivers import Receivers
from odoo_bridge.reporter import Pulse
from odoo_bridge.rpc.files import Content, Files


class Environment(Protocol):
    """An odoorpc environment: ``job.odoo["res.partner"].search_read([...], ["name"])``."""

    def __getitem__(self, model: str, /) -> Any: ...


class Upsert(TypedDict, total=False):
    """How a record is known again, and what of it may change."""

    key: str
    """Its external id, ``webhook_<source>.<name>``."""
    match: Sequence[Json]
    """Finds one that has no external id yet: alternatives ``{field: value}``."""
    version: float | None
    """A lower one than was written last changes nothing."""
    lines: Mapping[str, Sequence[Json]]
    """``{"key", "values"}`` by one2many field."""
    new: Json
    """Values for a new record alone."""
    update: bool
    """False: a record that is there stays as it is, and needs no key."""
    context: Json
    """Laid over the job's."""


def _no_delivery() -> Delivery:
    raise ConfigurationError("this job did not come from a webhook")


@dataclass(slots=True)
class Job:
    """One attempt of one job.

    Reads go through ``odoo``, with the rights, companies and language of the job's user. Changes
    are collected by ``create``, ``write``, ``unlink``, ``call`` and ``attach``, and commit with
    the result when the task has returned; if it raises, none of them happens.
    """

    envelope: Envelope
    odoo: Environment
    pulse: Pulse = field(default_factory=Pulse)
    load_delivery: Callable[[], Delivery] = _no_delivery
    files: Files = field(default_factory=Files)
    receivers: Receivers = field(default_factory=Receivers)
    operations: list[Operation] = field(default_factory=list)
    failure: Exception | None = None

    @property
    def uuid(self) -> str:
        return self.envelope.uuid

    @property
    def attempt(self) -> int:
        """Counts from 1."""
        return self.envelope.attempt

    @property
    def log(self) -> Any:
        """A structlog logger; the job's ids are bound to every line."""
        return structlog.get_logger(self.envelope.task)

    @property
    def delivery(self) -> Delivery:
        """The webhook call that this job is about. Raises ``ConfigurationError`` without one."""
        return self.load_delivery()

    def progress(self, done: int, total: int = 0, text: str = "") -> None:
        """Say how far the job is; cheap, and sent at most once a second."""
        self.pulse.progress = Progress(done, total, text)

    def note(self, line: str) -> None:
        """Show a line on the job's form; as cheap as ``progress``, and cut to 500 characters."""
        self.pulse.note(line)

    @property
    def cancelled(self) -> bool:
        """True once the job is no longer wanted; known about a second after it was cancelled."""
        return self.pulse.cancelled

    def check_cancelled(self) -> None:
        """Raises ``Cancelled`` once the job is no longer wanted: call it where to stop is easy."""
        if self.cancelled:
            raise Cancelled(self.uuid)

    def fail(self, error: Exception) -> None:
        """In a batch: this job alone has failed, as if its own function had raised ``error``."""
        self.failure = error

    def create(self, model: str, values: Sequence[Json]) -> None:
        """Create records, all in one ``create`` call."""
        self._collect("create", model=model, values=list(values))

    def write(self, model: str, ids: Sequence[int], values: Json) -> None:
        """Write the same values to some records."""
        self._collect("write", model=model, ids=list(ids), values=values)

    def upsert(self, model: str, values: Json, **options: Unpack[Upsert]) -> None:
        """Create a record, or write the one that is there already (docs/reference/protocol.md)."""
        self._collect("upsert", model=model, values=values, **options)

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        """Delete records."""
        self._collect("unlink", model=model, ids=list(ids))

    def call(
        self, model: str, ids: Sequence[int], method: str, /, *args: Any, **kwargs: Any
    ) -> None:
        """Call a public method of some records inside Odoo."""
        self._collect(
            "call", model=model, ids=list(ids), method=method, args=list(args), kwargs=kwargs
        )

    def attach(self, name: str, content: Content, mimetype: str) -> None:
        """Attach a file to the job, to be downloaded from its form.

        ``content`` is bytes, a path or an open file. A large one is uploaded now, in pieces, and
        becomes an attachment when the job commits; if it does not, it is gone.
        """
        self._collect("attach", name=name, mimetype=mimetype, **self.files.stored(content))

    def _collect(self, kind: str, **args: Any) -> None:
        self.operations.append(Operation(kind, args))
