"""One delivery as its source's map sees it, and the upserts that it becomes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from odoo_bridge.ledger.deliveries import Delivery
from tasks.webhooks.declared import Declared
from tasks.webhooks.mapping import upserts

_FORM = "application/x-www-form-urlencoded"


def mapped(declared: Declared, delivery: Delivery) -> list[Json]:
    """Upserts, with a ``Want`` in place of each id to look up. Raises ``InvalidDelivery``."""
    payload = declared.prepare(payload_of(delivery), delivery)
    if isinstance(payload, dict):
        payload = {"_source": delivery.source, "_headers": delivery.headers, **payload}
    return upserts(declared.target, delivery.source, payload)


def payload_of(delivery: Delivery) -> Any:
    """The body: JSON, or a form as an object of texts. Raises ``InvalidDelivery``."""
    if delivery.headers.get("content-type", "").startswith(_FORM):
        return dict(parse_qsl(delivery.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise InvalidDelivery(f"the body is not JSON: {error}") from error
