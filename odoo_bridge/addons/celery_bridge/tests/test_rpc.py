"""Over HTTP, as the relay, the workers and an ordinary RPC client do it."""

import json
import xmlrpc.client

from odoo.tests import HttpCase, get_db_name, new_test_user, tagged

from .common import SCHEMA


@tagged("post_install", "-at_install")
class TestRpc(HttpCase):
    def setUp(self):
        super().setUp()
        service = self.env.ref("celery_bridge.user_service")
        keys = self.env(user=service.id, su=True)["res.users.apikeys"]
        self.key = keys._generate(None, "test", False)
        self.service_id = self.login("celery_service", self.key)

    def login(self, login, secret):
        return self.xmlrpc_common.authenticate(get_db_name(), login, secret, {})

    def fabric(self, method, /, **request):
        answer = self.execute(
            self.service_id, self.key, "celery.job", f"fabric_{method}", json.dumps(request)
        )
        return json.loads(answer)

    def execute(self, uid, secret, model, method, *args, **kwargs):
        database = get_db_name()
        return self.xmlrpc_object.execute_kw(
            database, uid, secret, model, method, list(args), kwargs
        )

    def test_from_enqueue_to_done(self):
        self.fabric(
            "register_tasks",
            tasks=[{"name": "rpc.task", "queue": "rpc", "schema": SCHEMA, "max_attempts": 1}],
        )
        admin = self.login("admin", "admin")
        partner = self.env.ref("base.user_admin").partner_id
        [job_id] = self.execute(
            admin, "admin", "celery.job", "enqueue", "rpc.task", {"pricelist_id": 1},
            priority=-1000, records=["res.partner", partner.ids],
        )
        job = self.env["celery.job"].browse(job_id)
        self.assertEqual(job.res_ids, partner.ids)
        claimed = self.fabric("claim", limit=5)["jobs"]
        envelopes = {envelope["uuid"]: envelope for envelope in claimed}
        subject = {"uuid": job.uuid, "attempt": envelopes[job.uuid]["attempt"]}
        read = self.fabric(
            "read_as", subject=subject, model="res.partner", method="read",
            args=[partner.ids, ["name"]],
        )
        self.assertEqual(read["result"], [{"id": partner.id, "name": partner.name}])
        outcome = {"subject": subject, "state": "done", "result": None}
        self.assertTrue(self.fabric("write_back", outcomes=[outcome])["verdicts"][0]["accepted"])
        job.invalidate_recordset()
        self.assertEqual(job.state, "done")

    def test_a_job_with_null_in_its_json_can_be_read(self):
        self.fabric("register_tasks", tasks=[
            {"name": "rpc.null", "schema": {"properties": {"day": {"default": None}}}}
        ])
        admin = self.login("admin", "admin")
        job = self.env["celery.job"].enqueue("rpc.null", {"day": None, "list": [None]})
        [row] = self.execute(admin, "admin", "celery.job", "read", job.ids)
        self.assertEqual(row["params"], {"day": False, "list": [False]})
        self.assertEqual((row["result"], row["history"]), (False, False))
        self.assertIn('"day": null', row["params_text"])
        [task] = self.execute(
            admin, "admin", "celery.task", "search_read", [("name", "=", "rpc.null")]
        )
        self.assertEqual(task["schema"], {"properties": {"day": {"default": False}}})

    def test_the_key_opens_nothing_else(self):
        for model in ("res.partner", "celery.job", "product.product"):
            with self.assertRaises(xmlrpc.client.Fault) as caught:
                self.execute(self.service_id, self.key, model, "search", [])
            self.assertEqual(caught.exception.faultCode, 4, model)

    def test_there_is_no_password(self):
        for secret in ("", "celery_service", "False"):
            self.assertFalse(self.login("celery_service", secret))

    def test_files_are_downloaded_by_who_asked_only(self):
        self.fabric("register_tasks", tasks=[{"name": "rpc.task", "queue": "rpc"}])
        asker, other = (
            new_test_user(self.env, login=login, groups="base.group_user")
            for login in ("celery_asker", "celery_other")
        )
        job = self.env["celery.job"].with_user(asker).enqueue("rpc.task")
        attachment = self.env["ir.attachment"].create({
            "name": "a.txt", "raw": b"content", "res_model": "celery.job", "res_id": job.id
        })
        self.authenticate(asker.login, asker.login)
        address = f"/web/content/{attachment.id}?download=1"
        response = self.url_open(address)
        self.assertEqual((response.status_code, response.content), (200, b"content"))
        self.authenticate(other.login, other.login)
        self.assertEqual(self.url_open(address).status_code, 404)
