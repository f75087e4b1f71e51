"""A server that answers as it is told: over real sockets, a thread for each connection."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from odoo_bridge.rpc import Http, HttpOptions, Json2, JsonRpc, Timeout, Tls, Transport, XmlRpc

Behaviour = Callable[[socket.socket, bytes], None]
"""What a server does with a connection, once it has read the request."""

KEY = "0123456789abcdef-secret-key"
TRANSPORTS: dict[str, type[XmlRpc] | type[JsonRpc] | type[Json2]] = {
    "xmlrpc": XmlRpc,
    "jsonrpc": JsonRpc,
    "json2": Json2,
}
QUICK = HttpOptions(Timeout(connect=1, read=0.4, total=1.0), largest=100_000)


def options(tls: Tls) -> HttpOptions:
    return HttpOptions(Timeout(connect=2, read=2, total=4), tls)


def call(transport: Transport, values: Any = None) -> Any:
    """Any call of Odoo's object service."""
    args = ["db", 2, KEY, "res.partner", "create", [{} if values is None else values], {}]
    return transport.call("object", "execute_kw", args)


def transport(name: str, url: str, given: HttpOptions = QUICK) -> Transport:
    return TRANSPORTS[name](Http(url, given))


def value(name: str, result: object) -> bytes:
    """The body of an answer, as Odoo writes it for this transport."""
    if name == "xmlrpc":
        return xmlrpc.client.dumps((result,), methodresponse=True).encode()
    if name == "jsonrpc":
        return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    return json.dumps([result]).encode()  # create answers with a list


def kind(name: str) -> str:
    return "text/xml" if name == "xmlrpc" else "application/json"


def response(
    body: bytes,
    status: int = 200,
    content: str = "text/html",
    headers: str = "",
    *,
    keeps: bool = False,
) -> Behaviour:
    """Answer properly. The server closes then, and says so unless it ``keeps`` the connection."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content}\r\n{headers}"
    head += "" if keeps else "Connection: close\r\n"
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        head += f"Content-Length: {len(body)}\r\n"
    return lambda sock, _request: sock.sendall(head.encode() + b"\r\n" + body)


@contextmanager
def serving(behave: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that does so, over TLS with a context."""
    connections: list[threading.Thread] = []

    def serve(sock: socket.socket) -> None:
        with suppress(OSError), closing(sock):
            sock.settimeout(10)
            stream = context.wrap_socket(sock, server_side=True) if context else sock
            with closing(stream):
                behave(stream, read_request(stream))

    def listen() -> None:
        with suppress(OSError):  # when it is shut down
            while True:
                sock, _ = listener.accept()
                connections.append(threading.Thread(target=serve, args=(sock,)))
                connections[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections.append(threading.Thread(target=listen))
        connections[0].start()
        scheme = "https" if context else "http"
        try:
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    for each in connections:
        each.join(15)
        assert not each.is_alive()


def read_request(sock: socket.socket) -> bytes:
    """A whole request, head and body."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(sock)
        if got[:1] == b"\x16":  # TLS, to a server that speaks none
            return got
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if b"content-length" in line
        ),
        0,
    )
    while len(body) < length:
        body += _some(sock)
    return head + b"\r\n\r\n" + body


def _some(sock: socket.socket) -> bytes:
    some = sock.recv(65536)
    if not some:
        raise OSError("the client went away")
    return some
