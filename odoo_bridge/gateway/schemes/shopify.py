"""Shopify's webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import Plain, header_event_id, verify_body

SIGNATURE = "x-shopify-hmac-sha256"
EVENT_ID = "x-shopify-event-id"
TOPIC = "x-shopify-topic"


class Shopify(Plain):
    """Base64 of the HMAC-SHA256 over the raw body, with the app's client secret.

    https://shopify.dev/docs/apps/build/webhooks/subscribe/https#step-2-validate-the-origin-of-your-webhook-to-ensure-its-coming-from-shopify
    There is no time stamp in it, so there is no replay window: what is unique by event is safe to
    receive again.
    """

    kept_headers = (
        "x-shopify-topic",
        "x-shopify-shop-domain",
        "x-shopify-api-version",
        "x-shopify-event-id",
        "x-shopify-webhook-id",
        "x-shopify-triggered-at",
        "x-shopify-test",
    )

    def verify(self, call: Call, keys: Sequence[bytes], _window: float) -> None:
        """Raises ``InvalidSignature``."""
        verify_body(call, keys, SIGNATURE, "base64")

    def event_id(self, call: Call, _payload: Any) -> str:
        """``topic:event id``, for example ``orders/create:98880550-7158-44d4-b7cd-2c97c8a091b5``.

        "The same value across more than one webhook indicates a duplicate" is said of
        X-Shopify-Event-Id (https://shopify.dev/docs/apps/build/webhooks/ignore-duplicates), while
        X-Shopify-Webhook-Id differs between two subscriptions to the same topic. One action in
        the shop may raise several topics under one event id, hence the topic in front.

        The signature does not cover headers: ``webhooks.ingest`` also looks for the order itself.
        """
        return f"{header_event_id(call.headers, TOPIC)}:{header_event_id(call.headers, EVENT_ID)}"
