"""The way a call reaches Odoo: one method, ``call(service, method, args)``.

XML-RPC as Odoo speaks it (``addons/rpc/controllers/xmlrpc.py``): ``/xmlrpc/2/common`` and
``/xmlrpc/2/object``.
"""

from __future__ import annotations

import xmlrpc.client
from dataclasses import dataclass
from typing import Any, Protocol
from xml.parsers.expat import ExpatError

import urllib3
from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser

from odoo_bridge.errors import AppliedUnknown, ConfigurationError, OdooUnavailable
from odoo_bridge.rpc.faults import from_fault

_AWAY = frozenset({502, 503, 504})
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait for a connection, and for an answer."""

    connect: float = 5.0
    read: float = 120.0


class Transport(Protocol):
    """A protocol that Odoo speaks."""

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """Call ``method`` of Odoo's ``common`` or ``object`` service. Raises ``FabricError``s."""


class XmlRpc:
    """XML-RPC over pooled connections; safe to share between threads.

    ``largest`` bounds an answer, in bytes: what is longer is refused, not read.
    """

    def __init__(
        self, url: str, timeout: Timeout | None = None, largest: int = 256 * 1024 * 1024
    ) -> None:
        timeout = timeout or Timeout()
        self.url = _checked(url)
        self.largest = largest
        self._http = urllib3.PoolManager(
            maxsize=32,
            timeout=urllib3.Timeout(connect=timeout.connect, read=timeout.read),
            # Whether a request may go out twice is the fence's business, not the transport's.
            retries=False,
            headers={"Content-Type": "text/xml", "Accept-Encoding": "gzip"},
        )

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """See ``Transport``."""
        try:
            request = xmlrpc.client.dumps(tuple(args), method, allow_none=True)
        except (TypeError, OverflowError) as error:
            raise ConfigurationError(f"{method}: cannot be said in XML-RPC: {error}") from error
        return _parse(self._post(f"{self.url}/xmlrpc/2/{service}", request.encode()))

    def _post(self, url: str, body: bytes) -> bytes:
        try:
            response = self._http.request("POST", url, body=body, preload_content=False)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as e:
            raise OdooUnavailable(f"Odoo at {self.url} cannot be reached: {_reason(e)}") from e
        except urllib3.exceptions.SSLError as error:
            raise ConfigurationError(f"TLS with {self.url} fails: {_reason(error)}") from error
        except urllib3.exceptions.HTTPError as error:
            raise AppliedUnknown(f"Odoo at {self.url} gave no answer: {_reason(error)}") from error
        try:
            self._check_status(response)
            return self._read(response)
        finally:
            response.release_conn()

    def _check_status(self, response: urllib3.BaseHTTPResponse) -> None:
        if response.status in _AWAY:
            raise OdooUnavailable(f"Odoo at {self.url} is away: HTTP {response.status}")
        if response.status != 200:
            raise ConfigurationError(
                f"{self.url} does not answer as Odoo does (HTTP {response.status}): check the URL"
            )

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        body = bytearray()
        try:
            for chunk in response.stream(_CHUNK):
                body += chunk
                if len(body) > self.largest:
                    response.close()
                    raise AppliedUnknown(f"Odoo's answer is longer than {self.largest} bytes")
        except urllib3.exceptions.HTTPError as error:
            raise AppliedUnknown(f"Odoo's answer broke off: {_reason(error)}") from error
        return bytes(body)


def _checked(url: str) -> str:
    parsed = urllib3.util.parse_url(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigurationError(f"{url!r} is not the address of an Odoo: http(s)://host[:port]")
    return url.rstrip("/")


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error.__cause__ or error}"


def _parse(body: bytes) -> Any:
    """The value in an XML-RPC answer. Raises what the fault in it means."""
    unmarshaller = xmlrpc.client.Unmarshaller(use_builtin_types=True)
    parser = DefusedExpatParser(unmarshaller)
    try:
        parser.feed(body)
        parser.close()
        values = unmarshaller.close()
    except xmlrpc.client.Fault as fault:
        raise from_fault(fault.faultCode, fault.faultString) from fault
    except (ExpatError, DefusedXmlException, xmlrpc.client.Error, ValueError) as error:
        raise AppliedUnknown(
            f"the answer is not XML-RPC ({type(error).__name__}); is there a proxy's error page?"
        ) from error
    return values[0]
