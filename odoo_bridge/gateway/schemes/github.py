"""GitHub's webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import Plain, header_event_id, verify_body

SIGNATURE = "x-hub-signature-256"
DELIVERY = "x-github-delivery"


class GitHub(Plain):
    """``sha256=`` and the HMAC-SHA256 over the raw body in hexadecimal digits.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    The older X-Hub-Signature, of SHA-1, is not accepted.
    """

    kept_headers = (
        "x-github-event",
        "x-github-delivery",
        "x-github-hook-id",
        "x-github-hook-installation-target-type",
        "x-github-hook-installation-target-id",
    )

    def verify(self, call: Call, keys: Sequence[bytes], _window: float) -> None:
        """Raises ``InvalidSignature``."""
        verify_body(call, keys, SIGNATURE, "hex", "sha256=")

    def event_id(self, call: Call, _payload: Any) -> str:
        """X-GitHub-Delivery, which a redelivery keeps."""
        return header_event_id(call.headers, DELIVERY)
