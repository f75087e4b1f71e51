"""Every error of the fabric, one tree.

Whether to try again is a type, not a flag::

    FabricError
    ├── ConfigurationError            a person must mend a setting, an address, a key
    │   ├── AddonUnusable             Odoo answers, but celery_bridge is missing or too old
    │   ├── NotOdoo                   what answers at the address does not answer as Odoo
    │   ├── TlsRefused                the two sides do not accept each other's certificates
    │   ├── RequestTooLarge           a proxy lets no request of this size through
    │   └── NotOffered                this Odoo, or this protocol, cannot do what was asked
    ├── Retryable                     the same call may succeed later
    │   ├── OdooUnavailable           nothing was applied: refused, 429, 503 with Retry-After
    │   ├── OdooConflict              serialization failure or lock time-out, rolled back
    │   ├── Postponed                 Odoo wants the job later, and says when
    │   ├── StoreUnavailable          the outbox's or the ledger's PostgreSQL is away
    │   ├── StorageUnavailable        the storage of large files is away
    │   ├── ReceiverFailed            who is sent a webhook did not take it
    │   ├── BrokerUnavailable         the broker is away or did not confirm
    │   └── LeasesUnavailable         nobody can tell now which attempts run
    ├── AppliedUnknown                time-out after sending, 502/503/504: only the fence may
    │   │                             retry it
    │   └── AnswerUnreadable          an answer came: too large, cut off, not the protocol's
    │       └── AnswerMalformed       Odoo's addon itself answered in another form
    └── Permanent                     the same call will fail again
        ├── UnknownTask               no worker has registered this name
        ├── InvalidParams             a task's params do not fit its model
        ├── InvalidValue              a value that cannot travel to Odoo: NaN, bytes, control
        ├── InvalidDelivery           a webhook's body cannot be understood
        ├── InvalidSignature          a webhook is not from who it says
        ├── AddressRefused            no webhook goes to this address
        ├── ReceiverGone              nobody wants this webhook any more
        ├── TimeLimitExceeded         an attempt took longer than its task may
        ├── CredentialsRefused        wrong login, key or database
        └── OdooRejected              Odoo's own answer: validation, user error
            ├── AccessRefused         the job's user may not do this
            └── RecordMissing         the record is gone

Outside of it stands ``Cancelled``, which is not an error.

``__cause__`` keeps what was caught, unless that quotes what a log must not hold. ``fault`` keeps
what Odoo said. A message never holds a key or a password.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What Odoo said about a call that failed; keys, passwords and DSNs are blacked out."""

    model: str
    method: str
    name: str
    """The exception's class in Odoo, ``odoo.exceptions.ValidationError``, as far as it is told."""
    traceback: str
    """The server's, empty when it told none."""


class FabricError(Exception):
    """Root of all errors that the fabric raises on purpose."""

    fault: Fault | None = None
    """Set on an error that Odoo's own answer means."""


class ConfigurationError(FabricError):
    """A setting, an address or a key must be mended by a person."""


class AddonUnusable(ConfigurationError):
    """The Odoo database lacks ``celery_bridge``, or has one that speaks another protocol."""


class NotOdoo(ConfigurationError):
    """A web server answers at the address, but not as Odoo does: wrong URL, redirect, proxy."""


class TlsRefused(ConfigurationError):
    """The certificate of one side does not satisfy the other."""


class RequestTooLarge(ConfigurationError):
    """A proxy before Odoo takes no request of this size."""


class NotOffered(ConfigurationError):
    """The transport is not to be had from this Odoo, or cannot say this call."""


class Retryable(FabricError):
    """Nothing was applied, and the same call may succeed later.

    ``retry_in`` is a hint in seconds; ``None`` leaves it to the task's policy.
    """

    def __init__(self, message: str = "", *, retry_in: float | None = None) -> None:
        super().__init__(message)
        self.retry_in = retry_in


class OdooUnavailable(Retryable):
    """Odoo could not be reached, or a proxy before it said that it did not let the request in."""


class OdooConflict(Retryable):
    """PostgreSQL refused a concurrent update and Odoo rolled back."""


class Postponed(Retryable):
    """Odoo wants the job later and counts its tries itself: it costs none of the attempts."""


class StoreUnavailable(Retryable):
    """The PostgreSQL of the outbox or of the ledger could not be reached."""


class StorageUnavailable(Retryable):
    """The storage of large files could not be reached, or failed in the middle."""


class ReceiverFailed(Retryable):
    """The receiver of a webhook gave no answer, or another one than that it took it."""


class BrokerUnavailable(Retryable):
    """The broker could not be reached or did not confirm a message."""


class LeasesUnavailable(Retryable):
    """The store of leases could not be reached. Work goes on without it."""


class AppliedUnknown(FabricError):
    """The request was sent and no answer of Odoo's came: it may have been applied."""


class AnswerUnreadable(AppliedUnknown):
    """An answer came and cannot be used: too large, broken off, in another form."""


class AnswerMalformed(AnswerUnreadable):
    """The addon answered, but not in the form of the protocol: it is of another version."""


class Permanent(FabricError):
    """The same call will fail again: do not retry."""


class UnknownTask(Permanent):
    """No task of this name is registered."""


class InvalidParams(Permanent):
    """The params of a job do not fit the model of its task."""


class InvalidValue(Permanent):
    """A value cannot be carried to Odoo; the message says where it stands, never what it is."""


class InvalidDelivery(Permanent):
    """A webhook's body cannot be understood."""


class InvalidSignature(Permanent):
    """A webhook's signature is wrong, missing or too old."""


class AddressRefused(Permanent):
    """A webhook's address is not in the public internet, and no setting allows it."""


class ReceiverGone(Permanent):
    """The receiver said that it is gone for good, or its subscription is archived or deleted."""


class TimeLimitExceeded(Permanent):
    """An attempt took longer than its task's time limit."""


class CredentialsRefused(Permanent):
    """Odoo refused the login, the API key or the database."""


class OdooRejected(Permanent):
    """Odoo answered with an error of its own: validation, user error."""


class AccessRefused(OdooRejected):
    """The user that the job acts as may not do this."""


class RecordMissing(OdooRejected):
    """The record does not exist or was deleted."""


class Cancelled(BaseException):
    """The job is no longer wanted: its attempt stops, and what it did is dropped.

    No ``Exception``, so that a task which shrugs off the errors of single records still stops
    (as ``asyncio.CancelledError``).
    """
