"""Deliveries: inbound webhook calls, as the ledger keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One inbound webhook call, stored before it was answered.

    ``(source, event_id)`` is unique: the same event delivered twice is one delivery.
    """

    uuid: str
    source: str
    event_id: str
    body: bytes
    correlation_id: str
    received_at: datetime
    headers: dict[str, str] = field(default_factory=dict)
    """Lower-case names; only those that matter for the mapping."""
    ordering_key: str = ""
    """Those that share one, and a source, are handled in the order of their arrival."""
    wanted: bool = True
    """Not wanted: the source's filter left it out, and it is stored as cancelled."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many deliveries of a source are in a state that is not done."""

    source: str
    state: str
    deliveries: int
    oldest_seconds: float
