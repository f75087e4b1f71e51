"""What Odoo's faults mean: one table for all transports.

XML-RPC has four codes and a text (``addons/rpc/controllers/xmlrpc.py``,
``xmlrpc_handle_exception_int``), both JSON protocols name the exception's class
(``odoo/http.py``, ``serialize_exception``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odoo_bridge.errors import (
    AccessRefused,
    AddonUnusable,
    CredentialsRefused,
    FabricError,
    Fault,
    OdooConflict,
    OdooRejected,
    OdooUnavailable,
    RecordMissing,
)
from odoo_bridge.rpc.redact import redacted
from odoo_bridge.rpc.transport import Call

# Of psycopg2.errors and odoo.exceptions, without the module.
_BY_NAME: Mapping[str, type[FabricError]] = {
    "AccessDenied": CredentialsRefused,
    "Unauthorized": CredentialsRefused,
    "SessionExpiredException": CredentialsRefused,
    "AccessError": AccessRefused,
    "Forbidden": AccessRefused,
    "MissingError": RecordMissing,
    "LockError": OdooConflict,
    "ConcurrencyError": OdooConflict,
    "SerializationFailure": OdooConflict,
    "TransactionRollbackError": OdooConflict,
    "DeadlockDetected": OdooConflict,
    "LockNotAvailable": OdooConflict,
    "QueryCanceled": OdooConflict,
    "DiskFull": OdooUnavailable,
    "OutOfMemory": OdooUnavailable,
    "ReadOnlySqlTransaction": OdooUnavailable,
    "PoolError": OdooUnavailable,
    "AdminShutdown": OdooUnavailable,
    "ServiceUnavailable": OdooUnavailable,
}
_NO_DATABASE = re.compile(r'database ("[^"]*") does not exist')
# For classes that mean several things, and for XML-RPC, which tells no class of a UserError.
_BY_TEXT: tuple[tuple[re.Pattern[str], type[FabricError]], ...] = (
    # psycopg2 says it after "connection to server … failed", which alone means an outage.
    (_NO_DATABASE, CredentialsRefused),
    (re.compile(r"SerializationFailure|could not serialize access"), OdooConflict),
    (re.compile(r"DeadlockDetected|LockNotAvailable|Cannot grab a lock on records"), OdooConflict),
    (re.compile(r"The Connection Pool Is Full|too many clients already"), OdooUnavailable),
    (re.compile(r"AdminShutdown|connection to server|server closed the conn"), OdooUnavailable),
    (re.compile(r"connection already closed"), OdooUnavailable),
)
# What execute_cr, get_public_method (odoo/service/model.py) and JSON-2's controller say.
_NO_ADDON = re.compile(
    r"Object celery\.\S+ doesn't exist|The method 'celery\.\S+' does not exist"
    r"|the model 'celery\.\S+' does not exist"
)
# MissingError's message ends in the record it was about (odoo/orm/models.py).
_RECORD = re.compile(r"\(Record: .+, User: \d+\)")
# These speak to a person; what else there is says its class first.
_FOR_PEOPLE = frozenset({"UserError", "AccessError", "MissingError", "ValidationError"})
_XML_NAMES = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
_REFUSED = "Odoo refused the login or the API key: it may be wrong, revoked or expired"


@dataclass(frozen=True, slots=True)
class Said:
    """An exception of Odoo, as its answer tells it."""

    name: str
    message: str
    traceback: str = ""

    @classmethod
    def in_xml(cls, code: object, text: str) -> Said:
        """Of an XML-RPC fault. With code 1 the text is a traceback."""
        if code == 2 and _RECORD.search(text):
            return cls("MissingError", text.strip())
        if isinstance(code, int) and code in _XML_NAMES:
            return cls(_XML_NAMES[code], text.strip())
        return cls(*_raised(text), text)

    @classmethod
    def in_json(cls, data: Mapping[str, Any]) -> Said:
        """Of an error in JSON."""
        name, message = str(data.get("name", "")), str(data.get("message", ""))
        return cls(name, message.strip(), str(data.get("debug") or ""))


def error_of(said: Said, call: Call) -> FabricError:
    """The error that it means. Its message is for a person, its ``fault`` for who looks deeper."""
    short = said.name.rpartition(".")[2]
    message = redacted(said.message, call.secrets)
    kind = _kind(short, f"{short}: {said.message}")
    if kind is AddonUnusable:
        message = (
            "the addon celery_bridge is missing in this database or too old: install or upgrade it "
            f"({message})"
        )
    elif kind is CredentialsRefused:
        database = _NO_DATABASE.search(said.message)
        message = f"Odoo has no database {database[1]}: check its name" if database else _REFUSED
    elif short and short not in _FOR_PEOPLE:
        message = f"{short}: {message}"
    error = kind(message)
    error.fault = Fault(call.model, call.method, said.name, redacted(said.traceback, call.secrets))
    return error


def _kind(short: str, text: str) -> type[FabricError]:
    if _NO_ADDON.search(text):
        return AddonUnusable
    if short in _BY_NAME:
        return _BY_NAME[short]
    return next((kind for mark, kind in _BY_TEXT if mark.search(text)), OdooRejected)


def _raised(traceback: str) -> tuple[str, str]:
    """Class and message of the exception that a traceback ends in."""
    *_, tail = traceback.strip().rpartition('\n  File "')
    # Below the last frame its source line is indented; the exception is not.
    lines = tail.split("\n")
    start = next((i for i, line in enumerate(lines) if i and line[:1].strip()), len(lines) - 1)
    name, _, message = "\n".join(lines[start:]).partition(": ")
    if re.fullmatch(r"[\w.]+", name):
        return name, message.strip()
    return "", lines[-1].strip()
