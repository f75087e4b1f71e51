"""Shopify's webhooks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence

from odoo_bridge.errors import InvalidSignature
from odoo_bridge.gateway.schemes.base import header_event_id, hmac_sha256, matches_any

SIGNATURE = "X-Shopify-Hmac-Sha256"
EVENT_ID = "X-Shopify-Event-Id"
TOPIC = "X-Shopify-Topic"


class Shopify:
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

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], _now: float
    ) -> None:
        """Raises ``InvalidSignature``."""
        expected = [b64encode(hmac_sha256(secret, body)).decode() for secret in secrets]
        if not matches_any(headers.get(SIGNATURE, ""), expected):
            raise InvalidSignature(
                f"the header {SIGNATURE} is missing, or no live secret of this source made it"
            )

    def event_id(self, headers: Mapping[str, str], _body: bytes) -> str:
        """``topic:event id``, for example ``orders/create:98880550-7158-44d4-b7cd-2c97c8a091b5``.

        "The same value across more than one webhook indicates a duplicate" is said of
        X-Shopify-Event-Id (https://shopify.dev/docs/apps/build/webhooks/ignore-duplicates), while
        X-Shopify-Webhook-Id differs between two subscriptions to the same topic. One action in
        the shop may raise several topics under one event id, hence the topic in front.

        The signature does not cover headers: ``webhooks.ingest`` also looks for the order itself.
        """
        return f"{header_event_id(headers, TOPIC)}:{header_event_id(headers, EVENT_ID)}"
