"""``webhooks.ingest``: one delivery becomes records in Odoo, once."""

from __future__ import annotations

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry
from tasks.webhooks.lookups import existing_order, look_up
from tasks.webhooks.sale_order import creations
from tasks.webhooks.shopify import parse_order

TOPIC = "orders/create"


class IngestParams(Params):
    """Which delivery: unique in the ledger, and in Odoo's inbox."""

    source: str
    event_id: str


@task("webhooks.ingest", queue="webhooks", retry=Retry(max_attempts=8), time_limit=60)
def ingest(job: Job, params: IngestParams) -> Json:
    """Turn one webhook delivery into records in Odoo: a Shopify order into a quotation."""
    delivery = job.delivery
    topic = delivery.headers.get("x-shopify-topic", "")
    if params.source.partition("-")[0] != "shopify" or topic != TOPIC:
        raise InvalidDelivery(
            f"nothing handles the topic {topic!r} of {params.source!r}: "
            f"subscribe this address to {TOPIC} alone"
        )
    return ingest_shopify_order(job, params.source, delivery.body)


def ingest_shopify_order(job: Job, source: str, body: bytes) -> Json:
    """Collect what makes the order; nothing when Odoo has it already.

    The inbox in Odoo refuses the same event twice. That the same order may come under another
    event id (the header is not signed, and a person may have an order delivered again) is why
    the order itself is looked for as well.
    """
    order = parse_order(body)
    origin = f"{source}:{order.id}"
    if order_id := existing_order(job.odoo, origin):
        job.log.info("order.exists", order=order.name, sale_order=order_id)
        return {"order": order.name, "origin": origin, "sale_order": order_id, "created": False}
    for model, values in creations(order, look_up(job.odoo, order), origin):
        job.create(model, [values])
    return {"order": order.name, "origin": origin, "created": True}
