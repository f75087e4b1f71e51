"""Mutual TLS: a proxy has checked the sender's certificate, and says which it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from odoo_bridge.errors import InvalidDelivery, InvalidSignature
from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import Plain, matches_any

ENVOY = "x-forwarded-client-cert"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# key=value pairs; a value with , ; or = in it stands in quotes, where \" is a quote.
_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^,;"]*)([,;]|$)')


class Options(BaseModel):
    """``[source.options]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = ENVOY
    """Which header has the certificate: Envoy's, or one with the SHA-256 fingerprint alone."""


class MutualTls(Plain):
    """The certificate's SHA-256 fingerprint is the source's secret, in hexadecimal digits.

    Only a request from a trusted proxy counts (``FABRIC_GATEWAY_PROXIES``): anybody can write a
    header. https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
    """

    numbers_events = False

    def __init__(self, options: Options) -> None:
        self._header = options.header.lower()

    def key(self, secret: str) -> bytes:
        """Lower case, without colons, as OpenSSL prints it. Raises ``ValueError``."""
        fingerprint = _bare(secret)
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise ValueError(
                "a secret of mtls is a certificate's SHA-256 fingerprint: 64 hex digits"
            )
        return fingerprint.encode()

    def verify(self, call: Call, keys: Sequence[bytes], _window: float) -> None:
        """Raises ``InvalidSignature``."""
        if not call.proxied:
            raise InvalidSignature("a client certificate counts only from a trusted proxy")
        value = call.headers.get(self._header, "")
        shown = _hash(value) if self._header == ENVOY else _bare(value)
        if not matches_any(shown, [key.decode() for key in keys]):
            raise InvalidSignature(f"the header {self._header} names no certificate of this source")

    def event_id(self, _call: Call, _payload: Any) -> str:
        """A source of this scheme says it itself. Raises ``InvalidDelivery``."""
        raise InvalidDelivery("nothing says what identifies an event: set event_id of this source")


def _bare(fingerprint: str) -> str:
    return fingerprint.strip().lower().replace(":", "")


def _hash(value: str) -> str:
    """``Hash`` of the last element, which the nearest proxy has added; empty if there is none."""
    found, at = "", 0
    while at < len(value):
        pair = _PAIR.match(value, at)
        if pair is None:
            return ""
        name, text, end = pair.groups()
        if name.lower() == "hash":
            found = text.strip('"').lower()
        at = pair.end()
        if end == "," and at < len(value):
            found = ""  # the next element is another hop's
    return found
