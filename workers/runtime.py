"""What a worker process lends to its attempts: built on first use, so after the fork."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import structlog
import tenacity

from odoo_bridge.coalescing import CoalescingWriteBack
from odoo_bridge.errors import OdooUnavailable
from odoo_bridge.interrupt import TimeLimits
from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.leases import Leases, RedisLeases
from odoo_bridge.ledger import Ledger
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.ledger.retention import Retention
from odoo_bridge.ports import WriteBack
from odoo_bridge.receivers import Receivers
from odoo_bridge.reporter import Pulse, Reporter
from odoo_bridge.rpc import Addon, Client, Purpose, connect
from odoo_bridge.rpc.acting import environment, subject_of
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.files import Files
from odoo_bridge.storage import Storage
from odoo_bridge.writeback import LedgerWriteBack, OdooWriteBack
from tasks.base import Runtime
from tasks.job import Environment
from tasks.registry import Task, registered
from workers.budget import in_budget
from workers.settings import settings

log = structlog.get_logger(__name__)


@cache
def addon() -> Addon:
    """The addon in the configured Odoo. Raises a ``FabricError`` if it is not to be had."""
    found = Addon(in_budget(_client(Purpose.WRITE)))
    found.hello()
    return found


@cache
def reader(queue: str, purpose: Purpose) -> Addon:
    """The addon for what the jobs of a queue read: ``READ`` is for large pages.

    A small read costs Odoo half as much over the protocols that outcomes take, as JSON-2 derives
    the key anew at each call.
    """
    return Addon(in_budget(_client(purpose), queue, waited_for=False))


@cache
def long_calls() -> Addon:
    """The addon outside of the budget, for calls that take minutes inside Odoo.

    A few of them would hold all of the budget's slots, and no outcome could be written. The windows
    of their queues say how many there are.
    """
    return Addon(_client(Purpose.WRITE))


@cache
def _client(purpose: Purpose) -> Client:
    config = settings()
    wish = config.odoo_read_transport if purpose is Purpose.READ else config.odoo_transport
    return connect(config.odoo_account(), config.odoo_options(), wish, purpose)


@cache
def ledger() -> Ledger:
    """The configured ledger."""
    config = settings()
    config.require("ledger_dsn")
    return Ledger(config.ledger_dsn.get_secret_value(), config.cipher())


@cache
def retention() -> Retention:
    """What forgets the ledger's old deliveries."""
    config = settings()
    config.require("ledger_dsn")
    return Retention(config.ledger_dsn.get_secret_value())


@cache
def runtime() -> Runtime:
    """What the attempts of this process share."""
    return Runtime(
        environment=_environment,
        write_back=_write_back,
        delivery=_delivery,
        reporting=_reporting,
        leasing=_leasing,
        limiting=TimeLimits(settings().drain_seconds).limiting,
        worker=socket.gethostname(),
        files=_files,
        receivers=Receivers(tuple(settings().webhook_networks)),
    )


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(OdooUnavailable),
    wait=tenacity.wait_exponential(max=10),
    before_sleep=lambda state: log.warning(
        "odoo.away", error=str(state.outcome and state.outcome.exception())
    ),
)
def publish_tasks() -> None:
    """Tell Odoo which tasks there are, waiting for it if it is away.

    Raises ``CredentialsRefused``, ``AddonUnusable``, …: what a person must mend.
    """
    addon().register_tasks([_description(task) for task in registered.values()])


def _description(task: Task) -> Json:
    return {
        "name": task.name,
        "queue": task.queue,
        "schema": task.params.model_json_schema(),
        "max_attempts": task.retry.max_attempts,
        "description": task.description,
        "events": list(task.events),
        "notify": task.notify,
    }


def _environment(envelope: Envelope) -> Environment:
    queue = envelope.queue
    small = reader(queue, Purpose.WRITE)
    acting: Environment = environment(
        small, envelope, lambda: reader(queue, Purpose.READ), long_calls
    )
    return acting


def _write_back(origin: Origin) -> WriteBack:
    odoo = _odoo_write_back()
    return odoo if origin is Origin.ODOO else LedgerWriteBack(odoo, ledger())


@cache
def _odoo_write_back() -> WriteBack:
    return CoalescingWriteBack(OdooWriteBack(addon()))


def _files(envelope: Envelope) -> Files:
    if envelope.origin is Origin.LEDGER:
        return Files(rules=settings().file_rules())
    return Files(Bulk(addon(), subject_of(envelope)), settings().file_rules(), _storage())


@cache
def _storage() -> Storage | None:
    options = settings().storage_options()
    return Storage(options) if options else None


def _delivery(uuid: str) -> Delivery:
    return ledger().load(uuid)


@cache
def _leases() -> Leases | None:
    url = settings().lease_url()
    return Leases(RedisLeases(url)) if url else None


def _leasing(envelope: Envelope) -> AbstractContextManager[bool]:
    leases = _leases()
    return leases.holding(envelope.message_id) if leases else nullcontext(True)


@cache
def _reporter() -> Reporter:
    return Reporter(addon, grace=settings().cancel_grace)


def _reporting(envelope: Envelope) -> AbstractContextManager[Pulse]:
    if envelope.origin is Origin.LEDGER:
        return nullcontext(Pulse())
    return _reporter().reporting(envelope)
