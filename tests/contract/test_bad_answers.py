"""What each transport makes of answers that are not Odoo's, from real sockets on this machine."""

from __future__ import annotations

import gzip
import logging
import socket
import struct
import subprocess
import sys
import threading
import traceback
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_bridge.errors import (
    AnswerUnreadable,
    AppliedUnknown,
    ConfigurationError,
    FabricError,
    NotOdoo,
    OdooUnavailable,
    RequestTooLarge,
    TlsRefused,
)
from odoo_bridge.rpc import Http, HttpOptions, Timeout
from tests.contract.answering import (
    KEY,
    QUICK,
    TRANSPORTS,
    Behaviour,
    call,
    kind,
    read_request,
    response,
    serving,
    transport,
    value,
)

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">%s]>
<methodResponse><params><param><value><string>&lol9;</string></value></param></params>
</methodResponse>""" % b"".join(
    b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10)
    for n in range(1, 10)
)
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY file SYSTEM "file://%s">]>
<methodResponse><params><param><value><string>&file;</string></value></param></params>
</methodResponse>"""
PAGE = (
    b"<html><head><title>Sign in to the intranet</title></head><body>%s</body></html>"
    % KEY.encode()
)


@pytest.fixture(params=list(TRANSPORTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


def raised(name: str, behave: Behaviour, given: HttpOptions = QUICK) -> FabricError:
    """The error that a call ends in; it shows no secret, nor does what caused it."""
    with serving(behave) as url, pytest.raises(FabricError) as caught:
        call(transport(name, url, given))
    shown: BaseException | None = caught.value
    while shown is not None:
        assert KEY not in repr(shown)
        shown = shown.__cause__
    return caught.value


def test_a_value_arrives(name: str) -> None:
    with serving(response(value(name, {"é": [1, "x\r\n"]}), content=kind(name))) as url:
        assert call(transport(name, url)) == {"é": [1, "x\r\n"]}


def test_gzip_is_understood(name: str) -> None:
    packed = gzip.compress(value(name, "packed"))
    with serving(response(packed, headers="Content-Encoding: gzip\r\n", content=kind(name))) as url:
        assert call(transport(name, url)) == "packed"


@pytest.mark.parametrize("special", ["NaN", "Infinity"])
def test_numbers_that_json_does_not_know_arrive(special: str) -> None:
    body = b'{"jsonrpc": "2.0", "result": [%s]}' % special.encode()
    with serving(response(body, content="application/json")) as url:
        (number,) = call(transport("jsonrpc", url))
    assert repr(number) == {"NaN": "nan", "Infinity": "inf"}[special]


def test_a_proxys_page_names_itself(name: str) -> None:
    error = raised(name, response(PAGE))
    assert type(error) is AnswerUnreadable
    assert "text/html, 'Sign in to the intranet'" in str(error)


@pytest.mark.parametrize("body", [b"", b"not what you want", b"\xff\xfe\x00", b"[]", b"<a/>"])
def test_what_is_not_the_protocol_is_unreadable(name: str, body: bytes) -> None:
    if (name, body) == ("json2", b"[]"):
        body = b"[1"
    assert type(raised(name, response(body, content=kind(name)))) is AnswerUnreadable


def test_a_body_cut_off_is_unreadable(name: str) -> None:
    body = value(name, "x" * 100)
    headers = f"Content-Length: {len(body)}\r\n"
    error = raised(name, response(body[:60], content=kind(name), headers=headers))
    assert type(error) is AnswerUnreadable
    assert "broke off" in str(error)


def test_a_body_cut_off_by_a_server_of_http_1_0_is_unreadable(name: str) -> None:
    def behave(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + value(name, "x" * 100)[:60])

    assert type(raised(name, behave)) is AnswerUnreadable


def test_billion_laughs_are_not_laughed() -> None:
    tracemalloc.start()
    error = raised("xmlrpc", response(LAUGHS, content="text/xml"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert type(error) is AnswerUnreadable
    assert peak < 5_000_000


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text(KEY)
    outside = OUTSIDE % str(tmp_path / "passwd").encode()
    assert type(raised("xmlrpc", response(outside, content="text/xml"))) is AnswerUnreadable


def gigabyte(head: bytes, chunk: bytes) -> Behaviour:
    def behave(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        for _ in range(2**30 // len(chunk)):
            sock.sendall(chunk)

    return behave


BLOCK = b"x" * 2**20


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b"Content-Length: 1073741824\r\n", BLOCK),
        (b"Connection: close\r\n", BLOCK),
        (b"Transfer-Encoding: chunked\r\n", b"100000\r\n" + BLOCK + b"\r\n"),
    ],
    ids=["announced", "endless", "chunked"],
)
def test_a_gigabyte_is_refused_and_not_read(name: str, head: bytes, chunk: bytes) -> None:
    tracemalloc.start()
    error = raised(name, gigabyte(head, chunk))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert type(error) is AnswerUnreadable
    assert "longer than 100000 bytes" in str(error)
    assert peak < 10_000_000


def test_a_gigabyte_in_a_small_parcel_is_refused(name: str) -> None:
    bomb = gzip.compress(bytes(2**26), 9)  # 64 MiB in 64 KiB
    headers = "Content-Encoding: gzip\r\n"
    tracemalloc.start()
    error = raised(name, response(bomb, headers=headers))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "longer than 100000 bytes" in str(error)
    assert peak < 10_000_000


def test_what_is_said_to_be_gzip_and_is_not_is_unreadable(name: str) -> None:
    error = raised(name, response(b"plain", headers="Content-Encoding: gzip\r\n"))
    assert type(error) is AnswerUnreadable


def drip(head: bytes) -> Behaviour:
    """A byte now and then, each within the time that a byte may take."""

    def behave(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(head)
        pause = socket.socketpair()
        pause[0].settimeout(0.1)
        try:
            while True:
                try:
                    pause[0].recv(1)  # nothing comes: this is the pause between two drops
                except TimeoutError:
                    sock.sendall(b"x")
        finally:
            for each in pause:
                each.close()

    return behave


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["body", "headers"],
)
def test_an_answer_that_drips_ends_with_the_time_for_all_of_it(name: str, head: bytes) -> None:
    error = raised(name, drip(head), HttpOptions(Timeout(1, 0.4, 0.8)))
    assert isinstance(error, AppliedUnknown)


def test_silence_after_sending_may_have_been_applied(name: str) -> None:
    def behave(sock: socket.socket, _request: bytes) -> None:
        sock.recv(1)  # until the client gives up

    assert type(raised(name, behave)) is AppliedUnknown


def test_a_reset_after_sending_may_have_been_applied(name: str) -> None:
    def behave(sock: socket.socket, _request: bytes) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert type(raised(name, behave)) is AppliedUnknown


def test_a_reset_while_sending_was_not_applied(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        port = listener.getsockname()[1]
        # Nobody reads: what does not fit the buffers of the sockets waits until the time is up.
        with pytest.raises(OdooUnavailable, match="did not take the request"):
            call(transport(name, f"http://127.0.0.1:{port}"), {"x": "y" * 30_000_000})


def test_an_answer_that_comes_before_all_was_sent_is_heard(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def refuse() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 20):
                    pass

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(ConfigurationError, match="no request of this size"):
            call(transport(name, url), {"x": "y" * 3_000_000})
        thread.join(10)


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (401, NotOdoo),
        (403, NotOdoo),
        (404, NotOdoo),
        (405, NotOdoo),
        (407, NotOdoo),
        (413, RequestTooLarge),
        (429, OdooUnavailable),
        (500, AppliedUnknown),
        (502, AppliedUnknown),
        (503, AppliedUnknown),
        (504, AppliedUnknown),
    ],
)
def test_the_status_of_a_page_has_a_meaning(
    name: str, status: int, meant: type[FabricError]
) -> None:
    error = raised(name, response(PAGE, status))
    assert type(error) is meant
    assert str(status) in str(error) or status in {401, 407, 413}


def test_a_proxy_that_says_when_to_come_back_is_believed(name: str) -> None:
    error = raised(name, response(b"", 503, headers="Retry-After: 7\r\n"))
    assert isinstance(error, OdooUnavailable)
    assert error.retry_in == 7.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_https_says_what_to_set(name: str, status: int) -> None:
    headers = "Location: https://odoo.example.com/xmlrpc/2/object?key=secret\r\n"
    error = raised(name, response(b"", status, headers=headers))
    assert type(error) is NotOdoo
    assert "FABRIC_ODOO_URL=https://odoo.example.com" in str(error)
    assert "secret" not in str(error)


def test_a_redirect_elsewhere_says_where(name: str) -> None:
    error = raised(name, response(b"", 303, headers="Location: /web/login?token=abc\r\n"))
    assert "/web/login," in str(error)
    assert "abc" not in str(error)


def test_nobody_there_is_unavailable(name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OdooUnavailable, match="cannot be reached"):
        call(transport(name, f"http://127.0.0.1:{port}"))


def test_a_name_that_nobody_has_is_unavailable(name: str) -> None:
    with pytest.raises(OdooUnavailable, match="cannot be reached"):
        call(transport(name, "http://odoo.invalid"))


def test_tls_where_there_is_none(name: str) -> None:
    with (
        serving(response(b"", 400)) as url,
        pytest.raises(TlsRefused, match="http:// instead"),
    ):
        call(transport(name, url.replace("http:", "https:")))


def test_a_handshake_that_nobody_answers_was_not_applied(name: str) -> None:
    given = HttpOptions(Timeout(connect=0.3, read=0.3, total=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        through = transport(name, f"https://127.0.0.1:{silent.getsockname()[1]}", given)
        with pytest.raises(OdooUnavailable, match="did not take the request"):
            call(through)


@pytest.mark.parametrize("url", ["", "localhost:8069", "ftp://odoo", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="address of an Odoo"):
        Http(url)


def test_a_login_in_the_address_is_refused_and_not_quoted() -> None:
    with pytest.raises(ConfigurationError, match="holds no login") as caught:
        Http(f"https://admin:{KEY}@odoo.example.com")
    assert KEY not in str(caught.value)


def test_a_host_that_can_be_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="too long"):
        call(transport(name, f"http://{'a' * 70}.example.com"))


def test_a_key_with_a_line_break_is_refused_and_not_quoted() -> None:
    args = ["db", 2, KEY + "\n", "res.partner", "read", [[1]]]
    with serving(response(b"")) as url, pytest.raises(ConfigurationError) as caught:
        transport("json2", url).call("object", "execute_kw", args)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_model_cannot_lead_to_another_path() -> None:
    paths = []

    def behave(sock: socket.socket, request: bytes) -> None:
        paths.append(request.split()[1])
        response(b"[]", content="application/json")(sock, request)

    with serving(behave) as url:
        args = ["db", 2, KEY, "../../web?x", "read", [[1]]]
        transport("json2", url).call("object", "execute_kw", args)
    assert paths == [b"/json/2/..%2F..%2Fweb%3Fx/read"]


def test_a_connection_is_used_again(name: str) -> None:
    """Two calls, one connection: the server of this test closes after one."""
    seen = []

    def behave(sock: socket.socket, request: bytes) -> None:
        response(value(name, 1), content=kind(name), keeps=True)(sock, request)
        seen.append(sock.getpeername())
        sock.recv(65536)  # the second request, shorter than that
        response(value(name, 2), content=kind(name), keeps=True)(sock, request)
        seen.append(sock.getpeername())

    with serving(behave) as url:
        through = transport(name, url)
        assert [call(through), call(through)] == [1, 2]
    assert seen[0] == seen[1]


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(name: str) -> None:
    closed = threading.Semaphore(0)

    def behave(sock: socket.socket, request: bytes) -> None:
        response(value(name, 1), content=kind(name), keeps=True)(sock, request)
        sock.close()
        closed.release()

    with serving(behave) as url:
        through = transport(name, url)
        for _ in range(3):
            assert call(through) == 1
            assert closed.acquire(timeout=10)


FORKED = """
import os, sys
from tests.contract.answering import call, transport
through = transport(sys.argv[1], sys.argv[2])
mine = call(through)
child = os.fork()
if child == 0:
    os._exit(call(through))
_, status = os.waitpid(child, 0)
sys.exit(f"{mine} {os.waitstatus_to_exitcode(status)} {call(through)}")
"""


def test_a_fork_does_not_share_its_parents_connection(name: str) -> None:
    """Each connection of this server counts its own requests, and answers with the number."""

    def behave(sock: socket.socket, request: bytes) -> None:
        for count in range(1, 10):
            response(value(name, count), content=kind(name), keeps=True)(sock, request)
            request = read_request(sock)

    with serving(behave) as url:
        done = subprocess.run(
            [sys.executable, "-c", FORKED, name, url],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stderr.strip() == "1 1 2"
