"""What a developer of Odoo writes, from Odoo's own code to the worker and back."""

from __future__ import annotations

import json

from odoo_bridge.job import Json
from tests.acceptance.conftest import Fabric
from workers.embedded import odoo as dev_odoo

CODE = """
import json
from datetime import date
partners = env["res.partner"].with_user(2).with_context(tz="Asia/Tokyo").create(
    [{"name": "Ada"}, {"name": "Bob"}]
)
order = env["sale.order"].with_user(2).create({"partner_id": partners[0].id})
written = order.with_celery(priority=5).write({"validity_date": date(2026, 12, 24)})
told = partners[0].with_celery(depends_on=written).message_subscribe(
    partner_ids=partners[1].ids
)
gone = partners.create({"name": "Gone"})
dead = gone.with_celery().write({"name": "Never"})
gone.unlink()
heard = env["celery.event"].with_user(2).publish(
    "acceptance.met", {"where": "here"}, record=partners
)
env.cr.commit()
print("JOBS " + json.dumps({
    "partners": partners.ids, "order": order.id, "written": written.id, "told": told.id,
    "dead": dead.id, "heard": heard.ids,
}))
"""


def test_calls_and_events_of_odoos_code_reach_their_workers(running: Fabric) -> None:
    made = in_odoo(running, CODE)
    for name in ("written", "told"):
        ended = running.wait_for_job(made[name])
        assert (ended["state"], ended["error"]) == ("done", False)
    (order,) = running.call("sale.order", "read", [made["order"]], ["validity_date"])
    assert order["validity_date"] == "2026-12-24"
    ada, bob = running.call("res.partner", "read", made["partners"], ["message_partner_ids"])
    assert bob["id"] in ada["message_partner_ids"]

    dead = running.wait_for_job(made["dead"])
    assert dead["state"] == "dead"
    assert "deleted since the job was enqueued" in dead["error"]

    (listener,) = made["heard"]
    heard = running.wait_for_job(listener)
    assert (heard["state"], heard["task"]) == ("done", "test.listen")
    assert heard["result"]["names"] == ["Ada", "Bob"]
    assert heard["result"]["payload"] == {"where": "here"}


def in_odoo(running: Fabric, code: str) -> Json:
    """What the code printed in Odoo's shell after ``JOBS``."""
    process = dev_odoo.process_of(dev_odoo.OdooOptions(database=running.odoo.database))
    output = process.shell(code)
    line = next(line for line in output.splitlines() if line.startswith("JOBS "))
    found: Json = json.loads(line.removeprefix("JOBS "))
    return found
