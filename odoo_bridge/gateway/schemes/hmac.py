"""Any sender that signs by an HMAC in a header; a source file says how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hmac import digest
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import (
    ENCODINGS,
    Plain,
    matches_any,
    not_signed,
    require_recent,
)

_HOLES = re.compile(r"({body}|{timestamp})")


class Options(BaseModel):
    """``[source.options]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = Field(min_length=1)
    """Which header has the signature."""
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    encoding: Literal["hex", "base64", "base64url"] = "hex"
    prefix: str = ""
    """What stands before the signature in its header: ``sha256=``."""
    timestamp: str = ""
    """Which header has the time of signing, as Unix time."""
    timestamp_unit: Literal["s", "ms"] = "s"
    signed: str = "{body}"
    """What is signed: ``{timestamp}.{body}``."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.signed.count("{body}") != 1:
            raise ValueError("signed must hold {body}, once")
        if bool(self.timestamp) != ("{timestamp}" in self.signed):
            raise ValueError("a timestamp counts only if signed holds {timestamp}, and needs both")
        return self


class Hmac(Plain):
    """As ``Options`` say. Without a signed time stamp there is no replay window."""

    numbers_events = False

    def __init__(self, options: Options) -> None:
        self._options = options
        self._header = options.header.lower()
        self._stamp = options.timestamp.lower()
        self._parts = _HOLES.split(options.signed)

    def verify(self, call: Call, keys: Sequence[bytes], window: float) -> None:
        """Raises ``InvalidSignature``."""
        options = self._options
        stamp = call.headers.get(self._stamp, "") if self._stamp else ""
        if self._stamp:
            per_second = 1000 if options.timestamp_unit == "ms" else 1
            require_recent(stamp, call.now, window, per_second)
        message = self._message(stamp.encode(), call.body)
        encode = ENCODINGS[options.encoding]
        expected = [
            options.prefix + encode(digest(key, message, options.algorithm)) for key in keys
        ]
        if not matches_any(call.headers.get(self._header, ""), expected):
            raise not_signed(self._header)

    def event_id(self, _call: Call, _payload: Any) -> str:
        """A source of this scheme says it itself. Raises ``InvalidDelivery``."""
        raise InvalidDelivery("nothing says what identifies an event: set event_id of this source")

    def _message(self, stamp: bytes, body: bytes) -> bytes:
        holes = {"{body}": body, "{timestamp}": stamp}
        return b"".join(holes.get(part, part.encode()) for part in self._parts)
