"""Compares what SQL says is in flight with the leases and the broker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.job import InFlight, Json
from odoo_bridge.leases import RedisLeases
from odoo_bridge.outbox.rescue import Place, locate
from workers.app import celery_app
from workers.broker import open_broker
from workers.relay import outboxes
from workers.settings import Settings

ORPHANED = frozenset({Place.LAPSED, Place.MISSING})
"""What the rescue puts back. It needs a second look to be sure, so a few may be about to end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One attempt in flight, and where it is."""

    outbox: str
    job: InFlight
    place: Place

    @property
    def orphaned(self) -> bool:
        return self.place in ORPHANED

    def to_json(self) -> Json:
        return {"outbox": self.outbox, "place": self.place.value, **asdict(self.job)}


def reconcile(config: Settings) -> list[Finding]:
    """Everything in flight. Changes nothing. Raises ``FabricError`` when a side is away."""
    url = config.lease_url()
    if not url:
        raise ConfigurationError("FABRIC_REDIS_URL is not set: nobody knows what runs")
    leases, broker = RedisLeases(url), open_broker(celery_app())
    findings = []
    for outbox in outboxes(config):
        places = locate(outbox.in_flight(), leases, broker)
        findings += [Finding(outbox.name, job, place) for job, place in places.items()]
        outbox.close()
    return findings


def counted(findings: Iterable[Finding]) -> dict[tuple[str, str], Counter[Place]]:
    """How many attempts are where, by outbox and queue."""
    counts: dict[tuple[str, str], Counter[Place]] = {}
    for each in findings:
        counts.setdefault((each.outbox, each.job.queue), Counter())[each.place] += 1
    return counts
