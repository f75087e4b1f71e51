"""A fault of Odoo is the same error by every transport, and shows no secret."""

from __future__ import annotations

import json
import traceback
import xmlrpc.client

import pytest

from odoo_bridge.errors import (
    AccessRefused,
    AddonUnusable,
    AnswerUnreadable,
    AppliedUnknown,
    CredentialsRefused,
    FabricError,
    OdooConflict,
    OdooRejected,
    OdooUnavailable,
    Permanent,
    RecordMissing,
    Retryable,
)
from tests.contract.answering import (
    KEY,
    TRANSPORTS,
    call,
    kind,
    response,
    serving,
    transport,
    value,
)

FRAMES = """Traceback (most recent call last):
  File "/odoo/http.py", line 375, in dispatch_rpc
    return dispatch(method, params)
           ^^^^^^^^^^^^^^^^^^^^^^^^
  File "/odoo/sql_db.py", line 9, in connect
    connect(password=password)
"""
GONE = "Record does not exist or has been deleted.\n(Record: res.partner(9,), User: 2)"
OUTAGE = 'connection to server on socket "/run/.s" failed: '
# The class in Odoo, its message, XML-RPC's code for it, what it means.
FAULTS = [
    ("odoo.exceptions.AccessDenied", "Access Denied", 3, CredentialsRefused),
    ("odoo.exceptions.AccessError", "You may not modify 'Contact'", 4, AccessRefused),
    ("odoo.exceptions.UserError", "Enter a name", 2, OdooRejected),
    ("odoo.exceptions.ValidationError", "This is no name", 2, OdooRejected),
    ("odoo.exceptions.MissingError", GONE, 2, RecordMissing),
    ("odoo.exceptions.LockError", "Cannot grab a lock on records", 2, OdooConflict),
    ("psycopg2.errors.SerializationFailure", "could not serialize access", 1, OdooConflict),
    ("psycopg2.errors.DeadlockDetected", "deadlock\nDETAIL:  Process 1\n", 1, OdooConflict),
    ("psycopg2.errors.LockNotAvailable", "canceling statement", 1, OdooConflict),
    ("psycopg2.pool.PoolError", "The Connection Pool Is Full", 1, OdooUnavailable),
    ("psycopg2.OperationalError", OUTAGE + "No such file", 1, OdooUnavailable),
    ("psycopg2.OperationalError", "FATAL: too many clients already", 1, OdooUnavailable),
    ("psycopg2.OperationalError", "server closed the connection", 1, OdooUnavailable),
    ("psycopg2.InterfaceError", "connection already closed", 1, OdooUnavailable),
    (
        "psycopg2.OperationalError",
        OUTAGE + 'FATAL:  database "nope" does not exist',
        1,
        CredentialsRefused,
    ),
    ("builtins.ValueError", "boom", 1, OdooRejected),
    ("builtins.AttributeError", "The method 'celery.job.x' does not exist", 1, AddonUnusable),
    ("odoo.exceptions.UserError", "Object celery.job doesn't exist", 2, AddonUnusable),
]


@pytest.fixture(params=list(TRANSPORTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fault(name: str, kind_of: str, message: str, code: int = 1, frames: str = FRAMES) -> bytes:
    """The body of the answer that tells of an exception."""
    shown = f"{frames}{kind_of.removeprefix('builtins.')}: {message}\n"
    if name == "xmlrpc":
        text = shown if code == 1 else message
        return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text)).encode()
    data = {"name": kind_of, "message": message, "arguments": [KEY], "debug": shown}
    if name == "jsonrpc":
        error = {"code": 0, "message": "Odoo Server Error", "data": data}
        return json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
    return json.dumps(data).encode()


def raised(name: str, body: bytes) -> FabricError:
    status = 500 if name == "json2" else 200
    with serving(response(body, status, kind(name))) as url, pytest.raises(FabricError) as caught:
        call(transport(name, url))
    return caught.value


@pytest.mark.parametrize(("kind_of", "message", "code", "meant"), FAULTS)
def test_a_fault_becomes_a_type(
    name: str, kind_of: str, message: str, code: int, meant: type[FabricError]
) -> None:
    error = raised(name, fault(name, kind_of, message, code))
    assert type(error) is meant
    assert "Traceback" not in str(error)
    assert "No such file" not in message or "No such file" in str(error)


@pytest.mark.parametrize(
    ("kind_of", "branch"),
    [
        ("psycopg2.errors.SerializationFailure", Retryable),
        ("builtins.KeyError", Permanent),
    ],
)
def test_a_fault_says_whether_to_try_again(
    name: str, kind_of: str, branch: type[FabricError]
) -> None:
    assert isinstance(raised(name, fault(name, kind_of, "x")), branch)


def test_a_fault_keeps_what_it_was_about(name: str) -> None:
    told = raised(name, fault(name, "odoo.addons.sale.Nonsense", "boom")).fault
    assert told is not None
    assert (told.model, told.method) == ("res.partner", "create")
    assert told.name == "odoo.addons.sale.Nonsense"
    assert 'File "/odoo/http.py", line 375, in dispatch_rpc' in told.traceback
    assert told.traceback.endswith("boom\n")


def test_the_message_of_a_bug_in_odoo_says_its_class(name: str) -> None:
    error = raised(name, fault(name, "builtins.KeyError", "'colour'"))
    assert str(error) == "KeyError: 'colour'"


def test_a_message_for_people_comes_as_odoo_wrote_it(name: str) -> None:
    text = "Enter a name.\n\nThen try again."
    error = raised(name, fault(name, "odoo.exceptions.UserError", text, 2))
    assert str(error) == text


@pytest.mark.parametrize(
    "leak",
    [
        KEY,
        "postgresql://odoo:hunter2@db:5432/x",
        "dbname=x user=odoo password=hunter2 host=db",
        "{'login': 'me', 'password': 'hunter2'}",
        "Authorization: Bearer hunter2.and.more",
        "key 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    ],
)
def test_no_secret_of_a_fault_is_shown(name: str, leak: str) -> None:
    error = raised(name, fault(name, "builtins.ValueError", f"wrong: {leak}"))
    assert error.fault is not None
    shown = "".join(traceback.format_exception(error)) + repr(error) + error.fault.traceback
    for secret in (KEY, "hunter2", "0a1b2c3d4e5f"):
        assert secret not in shown
    assert "***" in str(error)


def marshalling(frames: str = "") -> bytes:
    """What Odoo 19 answers when XML-RPC cannot write down what the method returned."""
    text = f"""Traceback (most recent call last):
  File "/odoo/addons/rpc/controllers/xmlrpc.py", line 161, in xmlrpc_2
    response = self._xmlrpc(service)
  File "/odoo/addons/rpc/controllers/xmlrpc.py", line 133, in _xmlrpc
    return dumps((result,))
  File "/usr/lib/python3.12/xmlrpc/client.py", line 501, in dumps
    dump(v, write)
{frames}  File "/usr/lib/python3.12/xmlrpc/client.py", line 537, in dump_nil
    raise TypeError("cannot marshal None unless allow_none is enabled")
TypeError: cannot marshal None unless allow_none is enabled
"""
    return xmlrpc.client.dumps(xmlrpc.client.Fault(1, text)).encode()


def test_none_is_an_answer() -> None:
    """XML-RPC cannot say None: Odoo has committed by then, and answers with a fault."""
    with serving(response(marshalling(), content="text/xml")) as url:
        assert call(transport("xmlrpc", url)) is None
    with serving(response(b'{"jsonrpc": "2.0", "id": 1}', content="application/json")) as url:
        assert call(transport("jsonrpc", url)) is None
    with serving(response(b"[null]", content="application/json")) as url:
        assert call(transport("json2", url)) is None


def test_an_answer_that_xml_cannot_hold_was_applied_all_the_same() -> None:
    frames = '  File "/usr/lib/python3.12/xmlrpc/client.py", line 583, in dump_struct\n    x\n'
    error = raised("xmlrpc", marshalling(frames))
    assert type(error) is AnswerUnreadable
    assert isinstance(error, AppliedUnknown)
    assert "was applied" in str(error)


def test_a_method_that_itself_fails_to_write_xml_is_no_answer() -> None:
    frames = FRAMES + '  File "/usr/lib/python3.12/xmlrpc/client.py", line 501, in dumps\n    x\n'
    body = fault("xmlrpc", "TypeError", "cannot marshal None unless allow_none", 1, frames)
    assert type(raised("xmlrpc", body)) is OdooRejected


def test_a_value_that_looks_like_an_error_is_a_value(name: str) -> None:
    odd = {"name": "x", "message": "y", "debug": "z", "faultCode": 1, "error": {"data": {}}}
    with serving(response(value(name, odd), content=kind(name))) as url:
        assert call(transport(name, url)) == odd
