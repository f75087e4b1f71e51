"""What every sender's scheme must answer, and what they share."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest, digest
from typing import Any, Protocol

from odoo_bridge.errors import InvalidDelivery, InvalidSignature
from odoo_bridge.gateway.call import Call

_EVENT_ID = re.compile(r"[\x21-\x7e]{1,200}")
_UNIX_TIME = re.compile(r"[0-9]{1,15}")

ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda raw: b64encode(raw).decode(),
    "base64url": lambda raw: urlsafe_b64encode(raw).decode(),
}


class Scheme(Protocol):
    """How one kind of sender proves who it is, and tells one event from another."""

    @property
    def kept_headers(self) -> Sequence[str]:
        """What the ledger keeps for the mapping, in lower case; never a signature."""

    @property
    def numbers_events(self) -> bool:
        """Whether ``event_id`` can tell; without it a source must say ``event_id`` itself."""

    def key(self, secret: str, /) -> bytes:
        """A live secret as ``verify`` wants it. Raises ``ValueError`` when it cannot be one."""

    def verify(self, call: Call, keys: Sequence[bytes], window: float, /) -> None:
        """Return if one of the live ``keys`` made the proof that the call carries.

        ``window`` is how many seconds a signed time stamp may be off, where there is one.
        Raises ``InvalidSignature``.
        """

    def event_id(self, call: Call, payload: Any, /) -> str:
        """What is the same when the sender delivers an event again. Raises ``InvalidDelivery``."""

    def greets(self, call: Call, /) -> bool:
        """Whether this is an unsigned greeting: answered, and nothing is stored."""


class Plain:
    """What most schemes have in common."""

    kept_headers: Sequence[str] = ()
    numbers_events = True

    def key(self, secret: str) -> bytes:
        """The secret's own bytes."""
        return secret.encode()

    def greets(self, _call: Call) -> bool:
        """Nobody greets."""
        return False


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 with SHA-256."""
    return digest(key, message, "sha256")


def verify_body(
    call: Call, keys: Sequence[bytes], header: str, encoding: str, prefix: str = ""
) -> None:
    """HMAC-SHA256 over the raw body, in a header. Raises ``InvalidSignature``."""
    encode = ENCODINGS[encoding]
    expected = [prefix + encode(hmac_sha256(key, call.body)) for key in keys]
    if not matches_any(call.headers.get(header, ""), expected):
        raise not_signed(header)


def not_signed(header: str) -> InvalidSignature:
    """The error of a header that proves nothing."""
    return InvalidSignature(
        f"the header {header} is missing, or no live secret of this source made it"
    )


def matches_any(given: str, expected: Sequence[str]) -> bool:
    """Constant-time, and without telling which of several live secrets it was."""
    # As bytes: compare_digest refuses text that is not ASCII.
    received = given.encode("utf-8", "surrogateescape")
    return any([compare_digest(received, value.encode()) for value in expected])  # noqa: C419


def require_recent(stamp: str, now: float, window: float, per_second: int = 1) -> None:
    """Raises ``InvalidSignature`` unless ``stamp`` is Unix time within ``window`` seconds."""
    if not _UNIX_TIME.fullmatch(stamp) or not abs(now - int(stamp) / per_second) <= window:
        raise InvalidSignature(
            f"the signed time stamp is missing or over {window:g} s off: deliver it anew, and "
            "set the clocks"
        )


def header_event_id(headers: Mapping[str, str], name: str) -> str:
    """The event id that the header ``name`` holds. Raises ``InvalidDelivery``."""
    return checked_event_id(headers.get(name, ""), f"the header {name}")


def checked_event_id(value: Any, where: str) -> str:
    """Printable ASCII without spaces, at most 200 characters; a number as it is written.

    Raises ``InvalidDelivery`` that says ``where``.
    """
    if value is None or value == "":
        raise InvalidDelivery(f"{where}, which identifies the event, is missing")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _EVENT_ID.fullmatch(text):
        raise InvalidDelivery(f"{where} must be 1 to 200 printable ASCII characters")
    return text
