"""A task that hears of events, loaded by FABRIC_TASK_MODULES."""

from __future__ import annotations

from odoo_bridge.job import Json
from tasks import Event, Job, task


@task("test.listen", events=("acceptance.*",))
def listen(job: Job, event: Event) -> Json:
    """Read what the event is about, and say what was heard."""
    rows = job.odoo[str(event.model)].read(event.ids, ["name"])
    return {"names": [row["name"] for row in rows], "payload": event.payload, "id": event.id}
