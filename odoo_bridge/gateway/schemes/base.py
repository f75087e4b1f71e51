"""What every sender's scheme must answer, and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Protocol

from odoo_bridge.errors import InvalidDelivery

_EVENT_ID = re.compile(r"[\x21-\x7e]{1,200}")


class Scheme(Protocol):
    """How one kind of sender proves who it is, and tells one event from another.

    ``headers`` finds a name whatever its case, as Starlette's ``Headers`` do.
    """

    @property
    def kept_headers(self) -> Sequence[str]:
        """What the ledger keeps for the mapping, in lower case; never a signature."""

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float, /
    ) -> None:
        """Return if one of the live ``secrets`` signed the raw ``body``.

        ``now`` is Unix time in seconds, for schemes with a replay window.
        Raises ``InvalidSignature``.
        """

    def event_id(self, headers: Mapping[str, str], body: bytes, /) -> str:
        """What is the same when the sender delivers an event again. Raises ``InvalidDelivery``."""


def hmac_sha256(secret: str, message: bytes) -> bytes:
    """RFC 2104 with SHA-256."""
    return digest(secret.encode(), message, sha256)


def matches_any(given: str, expected: Sequence[str]) -> bool:
    """Constant-time, and without telling which of several live secrets it was."""
    # As bytes: compare_digest refuses text that is not ASCII.
    received = given.encode("utf-8", "surrogateescape")
    return any([compare_digest(received, value.encode()) for value in expected])  # noqa: C419


def header_event_id(headers: Mapping[str, str], name: str) -> str:
    """The event id that header ``name`` holds: printable ASCII, at most 200 characters."""
    value = headers.get(name, "")
    if not value:
        raise InvalidDelivery(f"the header {name}, which identifies the event, is missing")
    if not _EVENT_ID.fullmatch(value):
        raise InvalidDelivery(f"the header {name} must be 1 to 200 printable ASCII characters")
    return value
