"""Posting to addresses that somebody typed in: what is behind them is not to be trusted.

A request goes only where the public internet is, or where a setting allows (SSRF): what counts is
the address that is really connected to, whatever its name stood for a moment before. No redirect is
followed, nothing of an answer's body is read, and a request ends in time.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from threading import Event, Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from odoo_bridge.addresses import Address, Networks, in_networks, is_public
from odoo_bridge.errors import AddressRefused, ReceiverFailed

_PORTS = {"http": 80, "https": 443}
MOST_ADDRESSES = 4
"""Of a name that are tried: each may take the whole time-out of a connection."""
USER_AGENT = "odoo-celery-fabric"


@dataclass(frozen=True, slots=True)
class Answer:
    """What of a receiver's answer counts."""

    status: int
    retry_after: str
    """The header of this name, as it came; or empty."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who may be posted to, and how long that may take."""

    networks: Networks = ()
    """Besides the public internet. Only these are posted to without TLS."""
    connect_timeout: float = 5.0
    """Seconds, for each address of a name."""
    total_timeout: float = 20.0
    """Seconds from the connection to the answer's last header."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once, without following a redirect.

        Raises ``AddressRefused`` for what must not be posted to, ``ReceiverFailed`` when no answer
        came. Neither says more of the address than its host: its path may be a secret.
        """
        place = urlsplit(url)
        with (
            _told_in_words(place),
            closing(self._connected(place)) as connection,
            _ended_after(self.total_timeout, connection),
            closing(_secured(connection, place, self.total_timeout)) as channel,
        ):
            return _exchange(channel, place, headers, body)

    def _connected(self, place: SplitResult) -> socket.socket:
        """A connection to the first of the host's addresses that answers."""
        failure: OSError | None = None
        for family, address, target in _addresses(place):
            self._check(place, address)
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.settimeout(self.connect_timeout)
            try:
                connection.connect(target)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure or OSError("the name stands for no address")

    def _check(self, place: SplitResult, address: Address) -> None:
        if in_networks(address, self.networks):
            return
        if not is_public(address):
            raise AddressRefused(
                f"{place.hostname} stands for {address}, which is not in the public internet: if "
                "webhooks may go there, add its network to FABRIC_WEBHOOK_NETWORKS of the workers"
            )
        if place.scheme != "https":
            raise AddressRefused(
                f"{place.hostname} is in the public internet: webhooks go there by https:// only"
            )


def _addresses(place: SplitResult) -> Iterator[tuple[socket.AddressFamily, Address, Any]]:
    """Family, address and what ``connect`` wants, the first few in the resolver's order.

    The resolver also understands 2130706433, 0x7f.1 and the like: it gives what they mean.
    """
    port = place.port or _PORTS[place.scheme]
    found = socket.getaddrinfo(place.hostname, port, type=socket.SOCK_STREAM)
    for family, _kind, _protocol, _name, target in found[:MOST_ADDRESSES]:
        # A zone, as in fe80::1%eth0, belongs to addresses that are refused anyway.
        address = ip_address(str(target[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        yield family, mapped or address, target


@contextmanager
def _told_in_words(place: SplitResult) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except (OSError, HTTPException, ValueError) as error:
        # ssl.SSLError is an OSError, UnicodeError of a host's name a ValueError.
        took = time.monotonic() - began
        reason = f"{type(error).__name__}: {error}"[:300]
        raise ReceiverFailed(
            f"{place.hostname} gave no answer ({reason}) within {took:.1f} s"
        ) from error


@contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Raises ``TimeoutError`` in the end: a socket's own time-outs begin anew with each byte."""
    over = Event()

    def end() -> None:
        over.set()
        with suppress(OSError):  # the receiver was quicker
            same.shutdown(socket.SHUT_RDWR)

    # A descriptor of its own: TLS takes the connection's over.
    with connection.dup() as same:
        timer = Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
    if over.is_set():  # http.client takes what was cut off for the end of the headers
        raise TimeoutError("timed out")


def _secured(connection: socket.socket, place: SplitResult, timeout: float) -> socket.socket:
    connection.settimeout(timeout)
    if place.scheme == "http":
        return connection
    return _tls().wrap_socket(connection, server_hostname=place.hostname)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _exchange(
    channel: socket.socket, place: SplitResult, headers: Mapping[str, str], body: bytes
) -> Answer:
    http = HTTPConnection(place.hostname or "", place.port or _PORTS[place.scheme])
    http.sock = channel
    target = f"{place.path or '/'}{'?' if place.query else ''}{place.query}"
    sent = {"Host": place.netloc, "User-Agent": USER_AGENT, "Connection": "close", **headers}
    http.request("POST", target, body, sent)
    with HTTPResponse(channel, method="POST") as answer:
        answer.begin()
        return Answer(answer.status, answer.headers.get("Retry-After", ""))
