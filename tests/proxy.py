"""A proxy before a real Odoo that does to requests what networks and proxies do."""

from __future__ import annotations

import http.client
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, cast
from urllib.parse import urlsplit


class Fault(StrEnum):
    """What happens to a request."""

    NONE = "none"
    DELAYED = "delayed"
    RESET_BEFORE = "reset before Odoo has it"
    RESET_AFTER = "reset after Odoo answered"
    TRUNCATED = "answer cut off"
    DUPLICATED = "sent twice"
    TWICE_SECOND = "sent twice, second answer"
    BAD_GATEWAY = "502, not sent"
    UNAVAILABLE = "503, not sent"
    WORKER_LOST = "502, sent"
    TIMED_OUT = "504, sent"
    ERROR_PAGE = "200 with HTML, sent"


UNSENT = {Fault.RESET_BEFORE, Fault.BAD_GATEWAY, Fault.UNAVAILABLE}
STATUS = {
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
    Fault.WORKER_LOST: 502,
    Fault.TIMED_OUT: 504,
}
PAGE = b"<html><body>Please try again</body></html>"


class FaultyProxy(ThreadingHTTPServer):
    """Forwards POSTs to ``odoo``. The n-th request's fault depends on ``seed`` and n alone.

    ``mix`` gives the weight of each fault; what is missing never happens.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, odoo: str, mix: Mapping[Fault, float], seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.odoo = urlsplit(odoo)
        self.mix = mix
        self.seen: Counter[Fault] = Counter()
        self.forwarded = 0
        self._random = Random(seed)  # noqa: S311 - no secret
        self._lock = threading.Lock()

    def shutdown_request(self, request: Any) -> None:
        """Only close: a FIN before it would make a reset look like an orderly end."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to speak of; anything else is a defect."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def draw(self) -> tuple[Fault, float]:
        """The next request's fault, and a number between 0 and 1 to shape it."""
        with self._lock:
            (fault,) = self._random.choices(list(self.mix), list(self.mix.values()))
            self.seen[fault] += 1
            return fault, self._random.random()

    def forward(self, path: str, body: bytes) -> bytes:
        """Odoo's answer."""
        connection = http.client.HTTPConnection(self.odoo.hostname or "", self.odoo.port)
        try:
            connection.request("POST", path, body, {"Content-Type": "text/xml"})
            answer = connection.getresponse().read()
        finally:
            connection.close()
        with self._lock:
            self.forwarded += 1
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        proxy = cast(FaultyProxy, self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault, shape = proxy.draw()
        if fault is Fault.DELAYED:
            time.sleep(0.2 * shape)  # the fault itself
        answer = b"" if fault in UNSENT else proxy.forward(self.path, body)
        if fault in {Fault.DUPLICATED, Fault.TWICE_SECOND}:
            second = proxy.forward(self.path, body)
            answer = second if fault is Fault.TWICE_SECOND else answer
        if fault in {Fault.RESET_BEFORE, Fault.RESET_AFTER}:
            self._reset()
        elif fault in STATUS:
            self._answer(STATUS[fault], PAGE)
        elif fault is Fault.ERROR_PAGE:
            self._answer(200, PAGE)
        elif fault is Fault.TRUNCATED:
            self._answer(200, answer, sent=int(shape * len(answer)))
        else:
            self._answer(200, answer)

    def _answer(self, status: int, body: bytes, sent: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()
        if sent is not None:
            self._reset()

    def _reset(self) -> None:
        """RST instead of FIN: the peer sees the connection break."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, *args: object) -> None: ...


@contextmanager
def faulty_proxy(odoo: str, mix: Mapping[Fault, float], seed: int) -> Iterator[FaultyProxy]:
    """A proxy for the length of the context."""
    proxy = FaultyProxy(odoo, mix, seed)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
