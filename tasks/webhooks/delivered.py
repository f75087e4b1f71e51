"""One delivery as its source's map sees it, and the upserts that it becomes."""

from __future__ import annotations

from odoo_bridge.job import Json
from odoo_bridge.ledger.deliveries import Delivery
from tasks.webhooks.declared import Declared
from tasks.webhooks.mapping import upserts


def mapped(declared: Declared, delivery: Delivery) -> list[Json]:
    """Upserts, with a ``Want`` in place of each id to look up. Raises ``InvalidDelivery``.

    The map sees the payload, and beside it ``_source`` and ``_headers``.
    """
    payload = declared.file.payload(delivery.headers, delivery.body)
    payload = declared.prepare(payload, delivery)
    if isinstance(payload, dict):
        payload = {"_source": delivery.source, "_headers": delivery.headers, **payload}
    return upserts(declared.target, delivery.source, payload)
