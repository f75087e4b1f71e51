"""Requests to one Odoo over pooled connections, and what each way to fail means."""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions

from odoo_bridge.errors import (
    AnswerUnreadable,
    AppliedUnknown,
    ConfigurationError,
    NotOdoo,
    OdooUnavailable,
)
from odoo_bridge.rpc.clock import NotSent, PunctualHttp, PunctualHttps
from odoo_bridge.rpc.options import HttpOptions
from odoo_bridge.rpc.tls_errors import is_about_trust, tls_refused

_CHUNK = 1 << 16
_TOO_MANY = 429
_UNAVAILABLE = 503
# A proxy says that it has no answer of Odoo's. It may have had the request to Odoo all the same:
# nginx answers 502, and Envoy 503, when Odoo's process ends before it has answered.
_NO_ANSWER = frozenset({502, _UNAVAILABLE, 504})
_LONGEST_PAUSE = 3600.0
"""Seconds; a proxy that asks for more is not believed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """The connections to one Odoo; safe to share between threads, and to take over a fork."""

    def __init__(self, url: str, options: HttpOptions | None = None) -> None:
        self.url = checked(url)
        self.options = options or HttpOptions()
        self._path = urlsplit(self.url).path
        self._connect()

    def _connect(self) -> None:
        self._pool = _pool(self.url, self.options)
        self._process = os.getpid()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Raises ``OdooUnavailable``, ``AppliedUnknown``, ``TlsRefused`` or ``NotOdoo``."""
        return self._request("POST", path, body, headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """As ``post``."""
        return self._request("GET", path, None, headers or {})

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        if self._process != os.getpid():
            # The parent's connections: two processes on one would read each other's answers.
            self._connect()
        with self._meaning():
            response = self._pool.urlopen(
                method,
                self._path + path,
                body=body,
                headers={"Accept-Encoding": "gzip", **headers},
                # Whether a request may go out twice is the fence's business, not the transport's.
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                pool_timeout=ceil(self.options.timeout.total),
            )
            try:
                self._check_status(response)
                return Reply(response.status, response.headers, self._read(response))
            except BaseException:
                # What was not read to its end must not answer the next call.
                response.close()
                raise
            finally:
                response.release_conn()

    @contextlib.contextmanager
    def _meaning(self) -> Iterator[None]:
        """Failures of the connection as errors of ours."""
        url = self.url
        try:
            yield
        except NotSent as error:
            raise OdooUnavailable(f"Odoo at {url} did not take the request: {error}") from error
        except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError) as error:
            raise OdooUnavailable(f"Odoo at {url} cannot be reached: {_reason(error)}") from error
        except exceptions.EmptyPoolError as error:
            raise OdooUnavailable(f"every connection to Odoo at {url} stayed busy") from error
        except exceptions.SSLError as error:
            cause = error.args[0] if error.args else error
            if is_about_trust(cause):
                raise tls_refused(url, cause) from error
            raise AppliedUnknown(f"TLS with {url} broke off: {_reason(error)}") from error
        except ValueError:  # its message quotes the header, and so the key
            raise ConfigurationError(
                f"HTTP cannot carry the address {url}, the database or the key: "
                "is there a line break, or a name that is too long?"
            ) from None
        except (exceptions.HTTPError, ssl.SSLError, TimeoutError) as error:
            raise AppliedUnknown(f"Odoo at {url} gave no answer: {_reason(error)}") from error

    def _check_status(self, response: urllib3.BaseHTTPResponse) -> None:
        status = response.status
        later = response.headers.get("Retry-After", "")
        # Who says when to come back has refused the request on purpose (RFC 9110, 10.2.3).
        if status == _TOO_MANY or (status == _UNAVAILABLE and later):
            raise OdooUnavailable(
                f"Odoo at {self.url} is away: HTTP {status}", retry_in=_seconds(later)
            )
        if status in _NO_ANSWER:
            raise AppliedUnknown(
                f"the proxy before {self.url} has no answer of Odoo's: HTTP {status}"
            )
        if 300 <= status < 400:
            raise NotOdoo(_redirected(self.url, response.headers.get("Location", "")))

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        body = bytearray()
        if (response.length_remaining or 0) > self.options.largest:
            raise self._too_large()
        try:
            while chunk := response.read(_CHUNK):
                body += chunk
                if len(body) > self.options.largest:
                    raise self._too_large()
        except (exceptions.ProtocolError, exceptions.DecodeError) as error:
            raise AnswerUnreadable(f"Odoo's answer broke off: {_reason(error)}") from error
        return bytes(body)

    def _too_large(self) -> AnswerUnreadable:
        return AnswerUnreadable(
            f"Odoo's answer is longer than {self.options.largest} bytes: ask for less at once"
        )


def checked(url: str) -> str:
    """The address without a slash at its end. Raises ``ConfigurationError``; quotes no password."""
    try:
        parsed = urllib3.util.parse_url(url)
    except exceptions.LocationParseError:
        raise ConfigurationError(
            "this is not the address of an Odoo: check FABRIC_ODOO_URL"
        ) from None
    if parsed.auth:
        raise ConfigurationError(
            "the address of an Odoo holds no login: give http(s)://host[:port], and the key apart"
        )
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigurationError(f"{url!r} is not the address of an Odoo: http(s)://host[:port]")
    return url.rstrip("/")


def _pool(url: str, options: HttpOptions) -> urllib3.HTTPConnectionPool:
    parsed = urllib3.util.parse_url(url)
    timeout = urllib3.Timeout(connect=options.timeout.connect, read=options.timeout.read)
    shared: dict[str, Any] = {
        "host": parsed.host,
        "port": parsed.port,
        "maxsize": options.connections,
        "block": True,
        "timeout": timeout,
        "patience": options.timeout,
    }
    if parsed.scheme == "http":
        plain = urllib3.HTTPConnectionPool(**shared)
        plain.ConnectionCls = PunctualHttp
        return plain
    if not options.tls.verify:
        # Said once in our own log (``Tls.context``), not at each request.
        urllib3.disable_warnings(exceptions.InsecureRequestWarning)
        shared["cert_reqs"] = "CERT_NONE"
    pool = urllib3.HTTPSConnectionPool(**shared, ssl_context=options.tls.context(url))
    pool.ConnectionCls = PunctualHttps
    return pool


def _redirected(url: str, location: str) -> str:
    there = urlsplit(location)
    if there.scheme == "https" and url.startswith("http:"):
        return f"{url} redirects to https: set FABRIC_ODOO_URL=https://{there.hostname or ''}"
    to = f"{there.scheme}://{there.hostname}" if there.hostname else there.path
    return f"{url} redirects to {to}, which is not how Odoo answers: check FABRIC_ODOO_URL"


def _seconds(retry_after: str) -> float | None:
    return min(float(retry_after), _LONGEST_PAUSE) if retry_after.isdecimal() else None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error.__cause__ or error}"
