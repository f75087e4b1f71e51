"""Stripe's webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import (
    Plain,
    checked_event_id,
    hmac_sha256,
    matches_any,
    not_signed,
    require_recent,
)

SIGNATURE = "stripe-signature"
MOST_SIGNATURES = 10
"""One for each live secret of Stripe's side; more are an attempt to make us work."""


class Stripe(Plain):
    """``t=<Unix time>,v1=<hex>``, where v1 is the HMAC-SHA256 over ``<time>.<body>``.

    https://docs.stripe.com/webhooks#verify-manually
    While Stripe rolls a secret there are several v1. Other versions, as v0 of test events, prove
    nothing.
    """

    def verify(self, call: Call, keys: Sequence[bytes], window: float) -> None:
        """Raises ``InvalidSignature``."""
        parts = [part.strip().partition("=") for part in call.headers.get(SIGNATURE, "").split(",")]
        stamps = [value for name, _, value in parts if name == "t"]
        given = [value for name, _, value in parts if name == "v1"]
        if len(stamps) != 1 or not 0 < len(given) <= MOST_SIGNATURES:
            raise not_signed(SIGNATURE)
        require_recent(stamps[0], call.now, window)
        message = stamps[0].encode() + b"." + call.body
        expected = [hmac_sha256(key, message).hex() for key in keys]
        if not any([matches_any(each, expected) for each in given]):  # noqa: C419 - constant time
            raise not_signed(SIGNATURE)

    def event_id(self, _call: Call, payload: Any) -> str:
        """The event's own ``id``, evt_…, which a retry keeps."""
        value = payload.get("id") if isinstance(payload, dict) else None
        return checked_event_id(value, "the body's id")
