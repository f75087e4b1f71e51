"""Standard Webhooks: what many senders agreed on."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import (
    Plain,
    header_event_id,
    hmac_sha256,
    matches_any,
    not_signed,
    require_recent,
)

MOST_SIGNATURES = 10


class Options(BaseModel):
    """``[source.options]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headers: str = "webhook"
    """How the three headers' names begin: Svix' older ones begin with svix."""


class StandardWebhooks(Plain):
    """``v1,<base64>``, the HMAC-SHA256 over ``<id>.<time stamp>.<body>``; several with spaces.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    A secret is ``whsec_`` and base64. The asymmetric ``v1a`` is not accepted.
    """

    def __init__(self, options: Options) -> None:
        self._id, self._stamp, self._signature = (
            f"{options.headers.lower()}-{part}" for part in ("id", "timestamp", "signature")
        )
        self.kept_headers = (self._id, self._stamp)

    def key(self, secret: str) -> bytes:
        """The bytes that the base64 stands for. Raises ``ValueError``."""
        try:
            return b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ValueError("a secret of Standard Webhooks is whsec_ and base64") from error

    def verify(self, call: Call, keys: Sequence[bytes], window: float) -> None:
        """Raises ``InvalidSignature``."""
        given = call.headers.get(self._signature, "").split(" ")
        if len(given) > MOST_SIGNATURES:
            raise not_signed(self._signature)
        stamp = call.headers.get(self._stamp, "")
        require_recent(stamp, call.now, window)
        identity = call.headers.get(self._id, "")
        message = f"{identity}.{stamp}.".encode("latin-1") + call.body
        expected = ["v1," + b64encode(hmac_sha256(key, message)).decode() for key in keys]
        if not any([matches_any(each, expected) for each in given]):  # noqa: C419 - constant time
            raise not_signed(self._signature)

    def event_id(self, call: Call, _payload: Any) -> str:
        """webhook-id, "the same when the message is being resent"; the signature covers it."""
        return header_event_id(call.headers, self._id)
