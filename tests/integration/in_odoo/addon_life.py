"""For Odoo's shell: the addon is installed, used, updated, uninstalled, installed and used again.

In one process of Odoo, for each start costs seconds. ``CATALOG`` and ``RELAY`` are given before.
"""
# ruff: noqa: F821 - the shell's env, and what is given

import json
from pathlib import Path

QUERY = Path(CATALOG).read_text("utf-8")
ATTACH = {"kind": "attach", "name": "a.txt", "mimetype": "text/plain", "datas": "YQ=="}
# As a version had it that gave less: its columns change, so it is dropped and made anew.
OLDER = """
    DROP FUNCTION celery_job_claim(integer);
    CREATE FUNCTION celery_job_claim(integer) RETURNS TABLE (uuid text)
        LANGUAGE sql AS 'SELECT NULL::text';
    REVOKE ALL ON FUNCTION celery_job_claim(integer) FROM PUBLIC;
    ALTER TABLE celery_job ADD CONSTRAINT celery_job_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES res_users;
    DROP INDEX celery_price_key_unique, celery_price_run_key_unique;
    ALTER TABLE celery_price DROP COLUMN date, ADD CONSTRAINT celery_price_key_unique
        UNIQUE (company_id, pricelist_id, product_id, min_quantity);
    ALTER TABLE celery_price_run DROP COLUMN date, DROP COLUMN zone,
        ADD CONSTRAINT celery_price_run_key_unique UNIQUE (company_id, pricelist_id);
    UPDATE ir_module_module SET latest_version = '19.0.0.2.0' WHERE name = 'celery_bridge';
"""
seen = {}


def look(name):
    env.cr.execute(QUERY)
    seen[name] = sorted({row[0] for row in env.cr.fetchall()})
    env.cr.commit()


def addon():
    return env["ir.module.module"].search([("name", "=", "celery_bridge")])


def use():
    """Leave the traces that people and workers leave."""
    jobs = env["celery.job"]
    service = env.ref("celery_bridge.user_service")
    fabric = jobs.with_user(service)
    tasks = [{"name": "life.task", "queue": "life", "max_attempts": 1}]
    fabric.fabric_register_tasks(json.dumps({"tasks": tasks}))
    job = jobs.with_user(env.ref("base.user_admin")).enqueue("life.task").sudo()
    env.cr.commit()
    assert len(json.loads(fabric.fabric_claim('{"limit": 10}'))["jobs"]) == 1
    subject = {"uuid": job.uuid, "attempt": 1}
    outcome = {"subject": subject, "state": "done", "result": 7, "operations": [ATTACH]}
    answer = json.loads(fabric.fabric_write_back(json.dumps({"outcomes": [outcome]})))
    assert answer["verdicts"][0]["accepted"], answer
    env["ir.filters"].create({"name": "mine", "model_id": "celery.job", "domain": "[]"})
    env["ir.default"].set("celery.queue", "window_size", 7)
    env(user=service.id, su=True)["res.users.apikeys"]._generate(None, "life", None)
    env.cr.commit()


def leave_open():
    """Jobs as who uninstalls may find them: pending, on their way, running, dead."""
    jobs = env["celery.job"].with_user(env.ref("base.user_admin"))
    fabric = env["celery.job"].with_user(env.ref("celery_bridge.user_service"))
    named = {each: jobs.enqueue("life.task").sudo() for each in ("claimed", "started", "dead")}
    env.cr.commit()
    fabric.fabric_claim('{"limit": 10}')
    subject = {"uuid": named["started"].uuid, "attempt": 1}
    fabric.fabric_report(json.dumps({"reports": [{"subject": subject, "done": 1, "total": 2}]}))
    failed = {"subject": {"uuid": named["dead"].uuid, "attempt": 1}, "state": "dead", "error": "no"}
    fabric.fabric_write_back(json.dumps({"outcomes": [failed]}))
    first = jobs.enqueue("life.task", notify=True, identity_key="life")
    jobs.enqueue("life.task", depends_on=first)
    jobs.enqueue("life.task", eta="2126-01-01 00:00:00")
    for _each in range(2):
        jobs.enqueue("life.task", concurrency_key="life", records=env.ref("base.main_partner"))
    env["celery.schedule"].create({"name": "life", "task_id": tasks("life.task").id})
    env.cr.commit()
    env.cr.execute("SELECT DISTINCT state FROM celery_job")
    seen["left open"] = sorted(row[0] for row in env.cr.fetchall())


def tasks(name):
    return env["celery.task"].search([("name", "=", name)])


def grant():
    env.cr.execute(f"GRANT EXECUTE ON FUNCTION celery_job_claim(integer) TO {RELAY}")
    env.cr.commit()


def may_claim():
    query = "SELECT has_function_privilege(%s, 'celery_job_claim(integer)', 'EXECUTE')"
    env.cr.execute(query, [RELAY])
    return env.cr.fetchone()[0]


env["ir.module.module"].update_list()
look("before")
addon().button_immediate_install()
grant()
use()
look("installed")
env.cr.execute(OLDER)
grant()
env.invalidate_all()
addon().button_immediate_upgrade()
look("updated")
seen["relay may claim"] = may_claim()
env.cr.execute("SELECT state, result FROM celery_job")
seen["jobs"] = env.cr.fetchall()
leave_open()
addon().button_immediate_uninstall()
look("gone")
addon().button_immediate_install()
use()
look("again")
print("SEEN " + json.dumps(seen))
