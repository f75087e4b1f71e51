"""Posting to a receiver: what it may be, what it may do, and how long it may take."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from odoo_bridge import receivers
from odoo_bridge.addresses import is_public
from odoo_bridge.errors import AddressRefused, ReceiverFailed
from odoo_bridge.receivers import Answer, Receivers

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Behaviour = Callable[[socket.socket], None]
Serve = Callable[[Behaviour], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a receiver that does so with its first connection; gives its port."""
    started: list[tuple[socket.socket, Thread]] = []

    def start(behaviour: Behaviour) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(20)

        def run() -> None:
            try:
                connection, _peer = listener.accept()
            except OSError:  # nobody came
                return
            with connection:
                behaviour(connection)

        thread = Thread(target=run)
        thread.start()
        started.append((listener, thread))
        return int(listener.getsockname()[1])

    yield start
    for listener, thread in started:
        # Who still waits for a connection hears of the end.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def post(port: int, host: str = "127.0.0.1", **options: Any) -> Answer:
    given = Receivers(**{"networks": LOOPBACK, **options})
    return given.post(f"http://{host}:{port}/take?key=a-secret-path", {"webhook-id": "7"}, b"body")


def answering(answer: bytes, seen: list[bytes] | None = None) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        request = connection.recv(65536)
        while not request.endswith(b"body"):
            request += connection.recv(65536)
        if seen is not None:
            seen.append(request)
        connection.sendall(answer)

    return behave


def test_a_request_and_its_answer(serve: Serve) -> None:
    seen: list[bytes] = []
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nfull"
    port = serve(answering(answer, seen))
    assert post(port) == Answer(503, "7")
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /take?key=a-secret-path HTTP/1.1"
    assert {f"Host: 127.0.0.1:{port}", "webhook-id: 7", "Content-Length: 4"} <= set(lines)
    assert body == b"body"


def test_a_redirect_is_an_answer_and_is_not_followed(serve: Serve) -> None:
    elsewhere: list[bytes] = []
    other = serve(answering(OK, elsewhere))
    answer = f"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:{other}/\r\n\r\n"
    assert post(serve(answering(answer.encode()))).status == 307
    assert not elsewhere


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "localhost",  # noqa: S104
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "[::ffff:10.0.0.1]", "100.64.0.1",
        "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16",
        "192.0.0.192", "224.0.0.1", "[ff02::1]", "255.255.255.255", "[::]", "[::7f00:1]",
        "[fec0::1]", "[2001:db8::1]", "[2001:0:53aa:64c::1]", "[100::1]", "[3fff::1]",
    ],
)  # fmt: skip
def test_no_way_of_writing_what_is_not_public_is_connected_to(host: str, serve: Serve) -> None:
    seen: list[bytes] = []
    with pytest.raises((AddressRefused, ReceiverFailed)) as caught:
        post(serve(answering(OK, seen)), host, networks=(), connect_timeout=1.0)
    assert not seen
    assert "a-secret-path" not in str(caught.value)
    # A machine without IPv6 cannot even name some of them.
    if isinstance(caught.value, ReceiverFailed):
        assert "gaierror" in str(caught.value)
        assert host.startswith("[")


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001:81b::200e", "64:ff9b::808:808"])
def test_the_public_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["3fff::1", "2002:0808:0808::", "::808:808", "4000::1", "192.88.99.1", "239.1.2.3"]
)
def test_not_the_public_internet(address: str) -> None:
    assert not is_public(ip_address(address))


def test_a_name_that_means_another_address_the_next_time(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is what is connected to: the name is resolved once."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_kind: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) > 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(receivers.socket, "getaddrinfo", resolve)
    seen: list[bytes] = []
    port = serve(answering(OK, seen))
    with pytest.raises(ReceiverFailed, match="refused"):
        post(port, "rebinding.example", networks=(ip_network("127.0.0.2/32"),))
    assert asked == ["rebinding.example"]
    with pytest.raises(AddressRefused, match=r"stands for 127\.0\.0\.1"):
        post(port, "rebinding.example", networks=(ip_network("127.0.0.2/32"),))
    assert not seen


def test_only_allowed_networks_are_posted_to_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    target = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr(receivers.socket, "getaddrinfo", lambda *_args, **_kind: target)
    with pytest.raises(AddressRefused, match="https"):
        post(80, "receiver.example")


def test_the_next_address_of_a_name_is_tried(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    port = serve(answering(OK))
    targets = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
        for address in ("127.0.0.2", "127.0.0.1")
    ]
    monkeypatch.setattr(receivers.socket, "getaddrinfo", lambda *_args, **_kind: targets)
    assert post(port, "two.example").status == 204


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def dripping(connection: socket.socket) -> None:
    """A byte of a header now and then, for ever: no time-out of a socket ends this."""
    connection.recv(65536)
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)
    except OSError:
        return


def flooding(connection: socket.socket) -> None:
    connection.recv(65536)
    try:
        while True:
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000)
    except OSError:
        return


def no_http(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"SSH-2.0-OpenSSH\r\n")


@pytest.mark.parametrize("behaviour", [silent, dripping, flooding, no_http, socket.socket.close])
def test_a_receiver_that_does_not_answer_as_it_should(serve: Serve, behaviour: Behaviour) -> None:
    began = time.monotonic()
    with pytest.raises(ReceiverFailed, match=r"127\.0\.0\.1 gave no answer"):
        post(serve(behaviour), total_timeout=0.5)
    assert time.monotonic() - began < 10


def test_an_endless_body_is_not_read(serve: Serve) -> None:
    def endless(connection: socket.socket) -> None:
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")(connection)
        try:
            while True:
                connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except OSError:
            return

    assert post(serve(endless)).status == 200


def test_nobody_listens_and_no_such_name(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ReceiverFailed, match="refused"):
        post(port)
    with pytest.raises(ReceiverFailed, match="gaierror"):
        post(443, "no-such-name.invalid")
    del serve


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_checked(
    serve: Serve, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.pem") if trusted else None)
    monkeypatch.setattr(receivers, "_tls", lambda: client)

    def behave(connection: socket.socket) -> None:
        try:
            with server.wrap_socket(connection, server_side=True) as channel:
                answering(OK)(channel)
        except OSError:
            return

    url = f"https://localhost:{serve(behave)}/"
    if trusted:
        assert Receivers(LOOPBACK).post(url, {}, b"body").status == 204
    else:
        with pytest.raises(ReceiverFailed, match="CERTIFICATE_VERIFY_FAILED"):
            Receivers(LOOPBACK).post(url, {}, b"body")
