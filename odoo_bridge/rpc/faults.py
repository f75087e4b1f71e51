"""What Odoo's faults mean.

Codes: ``addons/rpc/controllers/xmlrpc.py``, ``xmlrpc_handle_exception_int``.
"""

from __future__ import annotations

import re

from odoo_bridge.errors import (
    AccessRefused,
    AddonUnusable,
    CredentialsRefused,
    FabricError,
    OdooConflict,
    OdooRejected,
    OdooUnavailable,
    RecordMissing,
)

_OTHER, _USER_ERROR, _DENIED, _ACCESS = 1, 2, 3, 4

# The last line of a traceback, without the paths above it, is what a person can use.
_BY_TRACEBACK: tuple[tuple[str, type[FabricError]], ...] = (
    ("SerializationFailure", OdooConflict),
    ("DeadlockDetected", OdooConflict),
    ("LockNotAvailable", OdooConflict),
    ("could not serialize access", OdooConflict),
    ("The Connection Pool Is Full", OdooUnavailable),
    ("too many clients already", OdooUnavailable),
    ("AdminShutdown", OdooUnavailable),
    ("connection to server", OdooUnavailable),
    ("server closed the connection", OdooUnavailable),
    ("connection already closed", OdooUnavailable),
)
# What execute_cr and get_public_method say (odoo/service/model.py).
_NO_ADDON = re.compile(r"Object celery\.\S+ doesn't exist|The method 'celery\.\S+' does not exist")
# MissingError's message ends in the record it was about (odoo/orm/models.py).
_RECORD = re.compile(r"\(Record: .+, User: \d+\)")


def from_fault(code: int | str, text: str) -> FabricError:
    """The error that a fault means; its message is the last line, without Odoo's traceback."""
    if code == _DENIED:
        return CredentialsRefused("Odoo refused the login or the API key")
    if code == _ACCESS:
        return AccessRefused(text.strip())
    if _NO_ADDON.search(text):
        return AddonUnusable(
            "the addon celery_bridge is missing in this database or too old: install or upgrade it "
            f"({_last_line(text)})"
        )
    if code == _USER_ERROR:
        kind = RecordMissing if _RECORD.search(text) else OdooRejected
        return kind(text.strip())
    return _from_traceback(text)


def _from_traceback(text: str) -> FabricError:
    last = _last_line(text)
    for mark, kind in _BY_TRACEBACK:
        if mark in text:
            return kind(last)
    if re.search(r'database "[^"]*" does not exist', text):
        return CredentialsRefused(last)
    return OdooRejected(last)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
