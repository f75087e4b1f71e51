"""Connections that keep time over a whole call, and know whether the request went out.

urllib3's time-outs begin anew with each byte that comes, so an answer that drips would never end.
"""

from __future__ import annotations

import errno
import io
import ssl
from functools import partial
from http.client import HTTPException, HTTPResponse
from socket import SocketIO, socket
from time import monotonic
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from odoo_bridge.rpc.options import Timeout
from odoo_bridge.rpc.tls_errors import is_about_trust

_BUFFER = 1 << 16
# The other side has stopped listening; it may have answered before it did (413).
_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})


class NotSent(Exception):
    """The request did not go out whole, so nobody can have acted on it."""


class _Clock:
    """What is left of the time for one call."""

    def __init__(self, timeout: Timeout) -> None:
        self.timeout = timeout
        self.end = monotonic() + timeout.total

    def left(self) -> float:
        """Seconds that the next step may take. Raises ``TimeoutError`` when none are left."""
        left = self.end - monotonic()
        if left <= 0:
            raise TimeoutError(f"not finished within {self.timeout.total:g} s")
        return min(left, self.timeout.read)


class _Clocked(io.RawIOBase):
    """What a socket receives, each step bounded by the clock."""

    def __init__(self, sock: socket, raw: SocketIO, clock: _Clock) -> None:
        self._sock, self._raw, self._clock = sock, raw, clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._clock.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, clock: _Clock, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        raw = cast(SocketIO, self.fp.detach())
        self.fp = io.BufferedReader(_Clocked(sock, raw, clock), _BUFFER)


class PunctualHttp(HTTPConnection):
    """For ``http://``."""

    def __init__(self, *args: Any, patience: Timeout, **options: Any) -> None:
        super().__init__(*args, **options)
        self._patience = patience
        self._sent = False

    def connect(self) -> None:
        """Raises ``NotSent`` when the handshake of TLS breaks off."""
        try:
            super().connect()
        except OSError as error:
            if is_about_trust(error):
                raise
            raise NotSent(f"no connection: {error}") from error

    def request(self, *args: Any, **options: Any) -> None:
        """Raises ``NotSent``."""
        self._sent = False
        if self.is_closed:
            self.connect()
        clock = _Clock(self._patience)
        self.sock.settimeout(clock.left())
        self.response_class = cast(type[HTTPResponse], partial(_Response, clock=clock))
        try:
            super().request(*args, **options)
        except OSError as error:
            if error.errno in _HUNG_UP:
                raise  # urllib3 then looks whether there is an answer
            raise self._alert(error) or NotSent(str(error)) from error
        self._sent = True

    def _alert(self, error: OSError) -> OSError | None:
        """Why the other side broke off the handshake of TLS 1.3, which it may do after its end."""
        try:
            if isinstance(error, ssl.SSLError):
                self.sock.recv(1)
        except OSError as alert:
            return alert if is_about_trust(alert) else None
        return None

    def getresponse(self) -> Any:
        """Raises ``NotSent``."""
        try:
            return super().getresponse()
        except (OSError, HTTPException) as error:
            if self._sent:
                raise
            raise NotSent(str(error)) from error


class PunctualHttps(PunctualHttp, HTTPSConnection):
    """For ``https://``: the MRO puts urllib3's own HTTPS connection below our clock."""
