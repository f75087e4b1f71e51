"""WooCommerce's webhooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import Plain, header_event_id, verify_body

SIGNATURE = "x-wc-webhook-signature"
TOPIC = "x-wc-webhook-topic"
DELIVERY = "x-wc-webhook-delivery-id"

_GREETING = re.compile(rb"webhook_id=[0-9]{1,20}")


class WooCommerce(Plain):
    """Base64 of the HMAC-SHA256 over the raw body (WC_Webhook::generate_signature)."""

    kept_headers = (
        "x-wc-webhook-source",
        "x-wc-webhook-topic",
        "x-wc-webhook-resource",
        "x-wc-webhook-event",
        "x-wc-webhook-id",
        "x-wc-webhook-delivery-id",
    )

    def verify(self, call: Call, keys: Sequence[bytes], _window: float) -> None:
        """Raises ``InvalidSignature``."""
        verify_body(call, keys, SIGNATURE, "base64")

    def event_id(self, call: Call, _payload: Any) -> str:
        """``topic:delivery id:digest``, where the digest is of the body.

        The delivery id alone would lose orders: it is a hash of the webhook's id and the time in
        whole seconds (WC_Webhook::get_new_delivery_id), so two orders of one second share it.
        """
        topic, delivery = (header_event_id(call.headers, name) for name in (TOPIC, DELIVERY))
        return f"{topic}:{delivery}:{sha256(call.body).hexdigest()[:16]}"

    def greets(self, call: Call) -> bool:
        """A webhook that was saved just now sends its number, unsigned, and wants a 200.

        (WC_Webhook::deliver_ping.)
        """
        return SIGNATURE not in call.headers and bool(_GREETING.fullmatch(call.body))
