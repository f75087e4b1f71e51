"""``webhooks.ingest``: deliveries become records in Odoo, many in one call, each once."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry
from tasks.webhooks.declared import declared_as
from tasks.webhooks.delivered import mapped
from tasks.webhooks.lookups import IdCache, Lookups
from tasks.webhooks.wants import filled, look_up

BATCH = 50
"""Deliveries in one write: more are hardly faster, and a write takes one of Odoo's workers for as
long as it lasts."""

_ids = IdCache()


class IngestParams(Params):
    """Which delivery: unique in the ledger, and in Odoo's inbox."""

    source: str
    event_id: str


@task("webhooks.ingest", queue="webhooks", retry=Retry(max_attempts=8), time_limit=300, batch=BATCH)
def ingest(jobs: list[Job], params: list[IngestParams]) -> list[Json]:
    """Turn webhook deliveries into records in Odoo, as the source file of each says."""
    results: dict[str, Json] = {}
    sources: dict[str, list[Job]] = {}
    for job, each in zip(jobs, params, strict=True):
        sources.setdefault(each.source, []).append(job)
    for source, ours in sources.items():
        results |= _of_one_source(source, ours)
    return [results.get(job.uuid, {}) for job in jobs]


def _of_one_source(source: str, jobs: Sequence[Job]) -> dict[str, Json]:
    """Results by uuid; a delivery that cannot be understood fails alone."""
    found: dict[str, list[Json]] = {}
    for job in jobs:
        try:
            found[job.uuid] = mapped(declared_as(source), job.delivery)
        except InvalidDelivery as error:
            job.fail(error)
    answers = look_up(found.values(), Lookups(jobs[0].odoo, source, _ids)) if found else {}
    results = {}
    for job in jobs:
        if job.uuid in found:
            try:
                results[job.uuid] = _collect(job, filled(found[job.uuid], answers))
            except InvalidDelivery as error:
                job.fail(error)
    return results


def _collect(job: Job, upserts: Sequence[Json]) -> Json:
    for upsert in upserts:
        job.upsert(**upsert)
    return {"model": upserts[-1]["model"], "external_id": upserts[-1]["key"]}
