"""What a source file would make of a sample: everything but the writing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from odoo_bridge.job import Json
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.sources import Finder
from tasks.job import Environment
from tasks.webhooks.declared import Declared
from tasks.webhooks.delivered import mapped
from tasks.webhooks.lookups import IdCache, Lookups
from tasks.webhooks.wants import Want, filled, look_up


def trial(
    declared: Declared, headers: Mapping[str, str], body: bytes, odoo: Environment | None = None
) -> Json:
    """How the delivery would be known, and its upserts; ids are looked up where there is an Odoo.

    Raises ``InvalidDelivery`` as the worker would.
    """
    file = declared.file
    payload = file.payload(headers, body)

    def found(finder: Finder | None) -> Any:
        return None if finder is None else finder.of(headers, payload)

    delivery = Delivery("", file.name, "", body, "", datetime.now(UTC), dict(headers))
    operations = mapped(declared, delivery)
    if odoo is not None:
        answers = look_up(operations, Lookups(odoo, file.name, IdCache()))
        operations = filled(operations, answers)
    wanted = file.source.filter is None or found(file.source.filter) not in (
        None,
        False,
        "",
        [],
        {},
    )
    return {
        "source": file.name,
        "event_id": found(file.source.event_id),
        "ordering_key": found(file.source.ordering_key),
        "wanted": wanted,
        "upserts": _shown(operations),
    }


def _shown(value: Any) -> Any:
    """What is not looked up is said in words."""
    if isinstance(value, Want):
        return {"lookup": value.said}
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value
