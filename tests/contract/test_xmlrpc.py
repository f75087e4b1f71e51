"""What the transport makes of every kind of answer, from a real HTTP server on this machine."""

from __future__ import annotations

import gzip
import socket
import threading
import xmlrpc.client
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from odoo_bridge.errors import (
    AccessRefused,
    AddonUnusable,
    AppliedUnknown,
    ConfigurationError,
    CredentialsRefused,
    OdooConflict,
    OdooRejected,
    OdooUnavailable,
    RecordMissing,
)
from odoo_bridge.rpc import Timeout, XmlRpc

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>
<methodResponse><params><param><value><string>&lol2;</string></value></param></params>
</methodResponse>"""


class Handler(BaseHTTPRequestHandler):
    status = 200
    body = b""
    headers_out: ClassVar[dict[str, str]] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        for name, value in self.headers_out.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None: ...


Answer = Callable[..., XmlRpc]


@pytest.fixture
def answer() -> Iterator[Answer]:
    """``answer(body, status)``: a transport to a server that always answers so."""
    servers = []

    def start(
        body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None
    ) -> XmlRpc:
        handler = type(
            "Answer", (Handler,), {"body": body, "status": status, "headers_out": headers or {}}
        )
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        port = server.server_address[1]
        return XmlRpc(f"http://127.0.0.1:{port}", Timeout(1, 1), largest=10_000)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def said(value: object) -> bytes:
    return xmlrpc.client.dumps((value,), methodresponse=True).encode()


def fault(code: int, text: str) -> bytes:
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text)).encode()


def call(transport: XmlRpc) -> object:
    return transport.call("object", "execute_kw", ["db", 1, "secret-key", "m", "f", [None]])


def test_a_value_arrives(answer: Answer) -> None:
    assert call(answer(said({"é": [1, "x"]}))) == {"é": [1, "x"]}


def test_gzip_is_understood(answer: Answer) -> None:
    packed = gzip.compress(said("packed"))
    assert call(answer(packed, headers={"Content-Encoding": "gzip"})) == "packed"


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (3, "Access Denied", CredentialsRefused),
        (4, "You are not allowed to modify 'Contact'", AccessRefused),
        (2, "Enter a name", OdooRejected),
        (
            2,
            "Record does not exist or has been deleted.\n(Record: res.partner(9,), User: 2)",
            RecordMissing,
        ),
        (1, "Traceback…\npsycopg2.errors.SerializationFailure: could not serialize", OdooConflict),
        (1, "Traceback…\npsycopg2.pool.PoolError: The Connection Pool Is Full", OdooUnavailable),
        (2, "Object celery.job doesn't exist", AddonUnusable),
        (1, "Traceback…\nAttributeError: The method 'celery.job.x' does not exist", AddonUnusable),
        (1, "Traceback…\nValueError: boom", OdooRejected),
        (1, 'Traceback…\nFATAL:  database "nope" does not exist', CredentialsRefused),
    ],
)
def test_a_fault_becomes_a_type(
    answer: Answer, code: int, text: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as raised:
        call(answer(fault(code, text)))
    assert type(raised.value) is kind
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_odoo_is_unavailable(answer: Answer, status: int) -> None:
    with pytest.raises(OdooUnavailable):
        call(answer(b"<html>Bad gateway</html>", status))


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Welcome</body></html>", b"", b"not xml", said("cut off")[:40], LAUGHS],
    ids=["html", "empty", "text", "truncated", "billion laughs"],
)
def test_what_is_not_xml_rpc_is_an_unknown_answer(answer: Answer, body: bytes) -> None:
    with pytest.raises(AppliedUnknown) as raised:
        call(answer(body))
    assert "secret-key" not in str(raised.value)


def test_a_wrong_path_says_to_check_the_url(answer: Answer) -> None:
    with pytest.raises(ConfigurationError, match="check the URL"):
        call(answer(b"not found", 404))


def test_an_endless_answer_is_refused(answer: Answer) -> None:
    with pytest.raises(AppliedUnknown, match="longer than"):
        call(answer(said("x" * 20_000)))


def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OdooUnavailable, match="cannot be reached"):
        call(XmlRpc(f"http://127.0.0.1:{port}"))


def test_silence_after_sending_may_have_been_applied() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        transport = XmlRpc(f"http://127.0.0.1:{silent.getsockname()[1]}", Timeout(1, 0.2))
        with pytest.raises(AppliedUnknown, match="no answer"):
            call(transport)


def test_tls_where_there_is_none(answer: Answer) -> None:
    plain = answer(said(1))
    with pytest.raises(ConfigurationError, match="TLS"):
        call(XmlRpc(plain.url.replace("http:", "https:")))


@pytest.mark.parametrize("url", ["", "localhost:8069", "ftp://odoo", "http://"])
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="address of an Odoo"):
        XmlRpc(url)


def test_what_xml_rpc_cannot_say_is_a_clear_error(answer: Answer) -> None:
    with pytest.raises(ConfigurationError, match="XML-RPC"):
        answer(said(1)).call("object", "execute", [2**40])
