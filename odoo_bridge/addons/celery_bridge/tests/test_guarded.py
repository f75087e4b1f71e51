"""What no job may touch, and the ways around that were tried."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..fabric.guarded import DENIED, model_to_change, model_to_read
from .common import FabricCase

OUT_OF_REACH = "out of reach of jobs"


@tagged("post_install", "-at_install")
class TestGuarded(FabricCase):
    """All of it by jobs of the administrator, who may do each of these things by himself."""

    def read_as(self, model, method, *args, **kwargs):
        _job, subject = self.in_flight(self.admin)
        call = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self.fabric("read_as", subject=subject, **call)["result"]

    def apply(self, *operations):
        job, subject = self.in_flight(self.admin)
        [verdict] = self.write_back(self.outcome(subject, *operations))
        self.assertEqual(job.state, verdict["state"])
        return verdict

    def assert_refused(self, *operations):
        verdict = self.apply(*operations)
        self.assertEqual(verdict["state"], "dead")
        self.assertIn(OUT_OF_REACH, verdict["error"])

    def test_odoos_own_machinery_is_guarded_by_family(self):
        for model in ("ir.cron", "ir.actions.server", "ir.ui.view", "ir.rule", "ir.model.access",
                      "celery.job", "celery.source", "celery.schedule", "res.users", "res.groups"):
            with self.assertRaisesRegex(AccessError, OUT_OF_REACH):
                model_to_change(self.env, model)
        for model in ("res.partner", "ir.attachment", "ir.sequence", "celery.price"):
            self.assertEqual(model_to_change(self.env, model)._name, model)
        self.assertEqual(model_to_read(self.env, "ir.cron")._name, "ir.cron")

    def test_a_users_password_by_the_commands_of_a_one2many(self):
        partner = self.user.partner_id
        mallory = {"login": "mallory", "name": "Mallory", "password": "mallory-mallory"}
        write = {"kind": "write", "model": "res.partner", "ids": partner.ids}
        for command in ([1, self.user.id, {"password": "x-x-x-x-x"}], [0, 0, mallory],
                        [1, self.user.id, {"group_ids": [[4, self.env.ref("base.group_system").id]]}]):
            self.assert_refused({**write, "values": {"user_ids": [command]}})
        create = {"name": "New", "user_ids": [[0, 0, mallory]]}
        self.assert_refused({"kind": "create", "model": "res.partner", "values": [create]})
        call = {"kind": "call", "model": "res.partner", "ids": partner.ids, "method": "write"}
        self.assert_refused({**call, "args": [{"user_ids": [[2, self.user.id]]}]})
        self.assertFalse(self.env["res.users"].search([("login", "=", "mallory")]))
        self.assertFalse(self.user.has_group("base.group_system"))

    def test_the_address_that_an_employees_new_password_goes_to(self):
        partner = self.user.partner_id
        write = {"kind": "write", "model": "res.partner", "ids": partner.ids}
        email = partner.email
        self.assert_refused({**write, "values": {"email": "mallory@example.com"}})
        self.assertEqual(partner.email, email)
        self.assertEqual(self.apply({**write, "values": {"comment": "harmless"}})["state"], "done")
        customer = self.env["res.partner"].create({"name": "Customer"})
        values = {"email": "new@example.com"}
        self.assertEqual(self.apply({**write, "ids": customer.ids, "values": values})["state"], "done")
        partner.with_user(self.admin).write({"email": "by-hand@example.com"})

    def test_rights_by_a_company(self):
        write = {"kind": "write", "model": "res.company", "ids": self.env.company.ids}
        self.assert_refused({**write, "values": {"user_ids": [[4, self.user.id]]}})

    @mute_logger("odoo.domains")
    def test_a_secret_by_a_path_in_a_domain(self):
        server = self.env["ir.mail_server"].create({"name": "S", "smtp_host": "h", "smtp_pass": "hush"})
        mail = self.env["mail.mail"].create({"subject": "x", "mail_server_id": server.id})
        asked = [["id", "=", mail.id], ["mail_server_id.smtp_pass", "=like", "h%"]]
        nested = [["mail_server_id", "any", [["smtp_pass", "=like", "h%"]]]]
        for domain in (asked, nested):
            with self.assertRaisesRegex(AccessError, OUT_OF_REACH):
                self.read_as("mail.mail", "search", domain)
        with self.assertRaisesRegex(AccessError, OUT_OF_REACH):
            self.read_as("mail.mail", "formatted_read_group", [], ["mail_server_id.smtp_pass"], ["__count"])
        with self.assertRaisesRegex(AccessError, OUT_OF_REACH):
            _job, subject = self.in_flight(self.admin)
            page = {"model": "mail.mail", "domain": asked, "fields": ["id"], "limit": 10}
            self.fabric("read_page", subject=subject, after=0, **page)
        call = {"kind": "call", "model": "mail.mail", "method": "search_count", "args": [asked]}
        self.assert_refused(call)

    def test_a_context_does_not_lift_it(self):
        write = {"kind": "call", "model": "res.partner", "ids": self.user.partner_id.ids, "method": "write",
                 "args": [{"user_ids": [[1, self.user.id, {"login": "mallory"}]]}]}
        for context in ({"uid": 1}, {"su": True}, {"sudo": True}, {"install_mode": True},
                        {"_celery_acting": False}, {"default_env": None}):
            self.assert_refused({**write, "kwargs": {"context": context}})
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids -= other
        search = {"kind": "call", "model": "res.partner", "method": "search_count", "args": [[]],
                  "kwargs": {"context": {"allowed_company_ids": [other.id]}}}
        self.assertEqual(self.apply(search)["state"], "dead")

    def test_it_ends_with_the_job(self):
        self.assert_refused({"kind": "write", "model": "res.users", "ids": [2], "values": {}})
        users = self.env["res.users"].with_user(self.admin)
        self.assertTrue(users.has_access("write"))
        self.user.with_user(self.admin).write({"name": "Renamed"})

    def test_methods_that_are_not_for_jobs(self):
        for method in DENIED:
            call = {"kind": "call", "model": "res.partner", "ids": [1], "method": method}
            verdict = self.apply(call)
            self.assertEqual(verdict["state"], "dead", method)

    def test_a_model_names_more_of_them(self):
        partners = type(self.env["res.partner"])
        call = {"kind": "call", "model": "res.partner", "ids": self.user.partner_id.ids,
                "method": "name_get_later"}
        with patch.object(partners, "name_get_later", lambda self: "called", create=True):
            self.assertEqual(self.apply(call)["results"], ["called"])
            with patch.object(partners, "_celery_denied_methods", ("name_get_later",), create=True):
                verdict = self.apply(call)
        self.assertIn("res.partner.name_get_later is not for jobs", verdict["error"])

    def test_a_model_that_makes_sudo_public(self):
        with patch.object(type(self.env["res.partner"]), "execute_sql", lambda self, sql: sql, create=True):
            call = {"kind": "call", "model": "res.partner", "ids": [], "method": "execute_sql",
                    "args": ["SELECT 1"]}
            self.assertIn("is not for jobs: runs SQL", self.apply(call)["error"])
