"""For Odoo's shell: our addon beside queue_job comes and goes, alone and with the bridge.

``CATALOG`` is given before.
"""
# ruff: noqa: F821 - the shell's env, and what is given

import json
from pathlib import Path

QUERY = Path(CATALOG).read_text("utf-8")
OURS = "celery_bridge_queue_job"
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'queue_job_notify'"
seen = {}


def rows(query):
    env.cr.execute(query)
    return env.cr.fetchall()


def look(name):
    seen[name] = sorted({row[0] for row in rows(QUERY)})
    env.cr.commit()


def addon(name):
    return env["ir.module.module"].search([("name", "=", name)])


def leave_open(stage):
    """Jobs of queue_job that are pending, on their way to a worker, and performed right now."""
    _waiting, _claimed, started = (env["queue.job"].with_delay()._test_job() for _ in range(3))
    env["queue.job"].with_delay(eta=3600)._test_job()
    env.cr.commit()
    fabric = env["celery.job"].with_user(env.ref("celery_bridge.user_service"))
    env["celery.queue"].search([("name", "=", "root")]).window_size = 3
    claimed = json.loads(fabric.fabric_claim('{"limit": 10}'))["jobs"]
    assert len(claimed) == 3, claimed
    env["queue.job"].search([("uuid", "=", started.uuid)]).write({"state": "started"})
    subject = {"uuid": claimed[0]["uuid"], "attempt": 1}
    fabric.fabric_report(json.dumps({"reports": [{"subject": subject, "done": 0, "total": 0}]}))
    env.cr.commit()
    open_jobs = "SELECT DISTINCT state FROM celery_job WHERE task = 'queue_job.perform'"
    seen[f"open for Celery when {stage}"] = sorted(row[0] for row in rows(open_jobs))
    seen[f"before {stage}"] = rows("SELECT uuid, state FROM queue_job ORDER BY id")


def left(stage):
    """What OCA's jobrunner finds."""
    look(stage)
    seen[f"after {stage}"] = rows("SELECT uuid, state FROM queue_job ORDER BY id")
    seen[f"triggers after {stage}"] = rows(TRIGGERS)[0][0]


env["ir.module.module"].update_list()
look("without both")
addon("celery_bridge").button_immediate_install()
env["queue.job"].search([]).unlink()
look("without ours")
addon(OURS).button_immediate_install()
look("with both")
leave_open("ours goes")
addon(OURS).button_immediate_uninstall()
left("ours goes")
seen["states at Celery"] = rows("SELECT DISTINCT state, error FROM celery_job")
addon(OURS).button_immediate_install()
leave_open("the bridge goes")
addon("celery_bridge").button_immediate_uninstall()
left("the bridge goes")
print("SEEN " + json.dumps(seen))
