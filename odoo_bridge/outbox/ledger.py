"""``LedgerOutbox``: the deliveries of the ledger, as jobs."""

from __future__ import annotations

from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.outbox.postgres import PostgresOutbox

TASK = "webhooks.ingest"
QUEUE = "webhooks"


class LedgerOutbox(PostgresOutbox):
    """The ``Outbox`` port over the table ``delivery``: each is one job of ``webhooks.ingest``."""

    def __init__(self, dsn: str) -> None:
        super().__init__(
            dsn,
            name="ledger",
            functions="delivery",
            listen="delivery",
            to_envelope=delivery_envelope,
        )


def delivery_envelope(row: Json) -> Envelope:
    """The body stays in the ledger: the broker carries only where to find it."""
    return Envelope(
        uuid=row["uuid"],
        attempt=row["attempt"],
        task=TASK,
        queue=QUEUE,
        origin=Origin.LEDGER,
        params={"source": row["source"], "event_id": row["event_id"]},
        correlation_id=row["correlation_id"],
        max_attempts=row["max_attempts"],
    )
