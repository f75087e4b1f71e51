"""What the service account's key opens: the protocol, and nothing else of Odoo."""

import json
import xmlrpc.client

from odoo.exceptions import AccessError, ValidationError
from odoo.service import model as service_model
from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..fabric.service import ALLOWED
from .common import FabricCase

TRIED = [
    ("res.partner", "search_read", [[]]),
    ("res.partner", "search_count", [[]]),
    ("res.partner", "create", [{"name": "Mallory"}]),
    ("res.partner", "write", [[1], {"name": "Mallory"}]),
    ("res.partner", "unlink", [[1]]),
    ("res.partner", "fields_get", []),
    ("res.partner", "has_access", [[], "read"]),
    ("res.users", "search_read", [[]]),
    ("res.users", "has_group", [[2], "base.group_system"]),
    ("res.users", "change_password", ["", "new"]),
    ("res.lang", "get_installed", []),
    ("ir.config_parameter", "get_param", ["database.secret"]),
    ("ir.config_parameter", "set_param", ["database.uuid", "x"]),
    ("ir.model", "display_name_for", [["res.partner"]]),
    ("celery.job", "enqueue", ["demo.task"]),
    ("celery.job", "search_read", [[]]),
    ("celery.job", "action_cancel", [[1]]),
    ("celery.task", "write", [[1], {"group_ids": []}]),
]


@tagged("post_install", "-at_install")
class TestService(FabricCase):
    def test_no_other_public_method_of_any_model_may_be_called(self):
        allowed, tried = set(), 0
        for name, cls in self.env.registry.items():
            model = self.env[name].with_user(self.service)
            for method in dir(cls):
                if method.startswith("_") or not callable(getattr(cls, method, None)):
                    continue
                tried += 1
                try:
                    service_model.get_public_method(model, method)
                except AccessError:
                    continue
                allowed.add((name, method))
        self.assertGreater(tried, 10_000)
        more = {("celery.job", method) for method in self.env["celery.job"]._service_methods}
        self.assertEqual(
            allowed, more | {(model, method) for model, methods in ALLOWED.items() for method in methods}
        )

    def test_each_method_of_the_protocol_checks_the_caller_itself_too(self):
        jobs = self.env["celery.job"].with_user(self.admin)
        for method in (*ALLOWED["celery.job"], *jobs._service_methods):
            with self.assertRaisesRegex(AccessError, "Only the service account"):
                getattr(jobs, method)("{}")

    def test_other_accounts_are_not_held_to_the_list(self):
        partners = self.env["res.partner"].with_user(self.user)
        self.assertTrue(service_model.get_public_method(partners, "search_read"))

    def test_a_service_account_is_no_person(self):
        service = self.env.ref("celery_bridge.group_service")
        for group in ("base.group_user", "base.group_portal", "base.group_public"):
            with self.assertRaises(ValidationError):
                self.service.group_ids |= self.env.ref(group)
        with self.assertRaises(ValidationError):
            service.user_ids |= self.user
        with self.assertRaises(ValidationError):
            service.implied_ids |= self.env.ref("base.group_user")


@tagged("post_install", "-at_install")
class TestServiceOverRpc(HttpCase):
    def setUp(self):
        super().setUp()
        service = self.env.ref("celery_bridge.user_service")
        keys = self.env(user=service.id, su=True)["res.users.apikeys"]
        self.key = keys._generate(None, "test", False)
        self.service_id = service.id

    def json_2(self, model, method, **values):
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(values),
            headers={"Authorization": f"bearer {self.key}", "Content-Type": "application/json"},
        )

    def test_xml_rpc_opens_nothing_else(self):
        for model, method, args in TRIED:
            with self.assertRaises(xmlrpc.client.Fault) as caught, mute_logger("odoo.http"):
                self.xmlrpc_object.execute_kw(
                    get_db_name(), self.service_id, self.key, model, method, args
                )
            self.assertEqual(caught.exception.faultCode, 4, (model, method))
            self.assertIn(f"may not call {model}.{method}", caught.exception.faultString)

    def test_json_rpc_opens_nothing_else(self):
        for model, method, args in TRIED:
            called = [get_db_name(), self.service_id, self.key, model, method, *args]
            error = self._json_rpc_error(called)
            self.assertEqual(error["name"], "odoo.exceptions.AccessError", (model, method))

    def _json_rpc_error(self, called):
        params = {"service": "object", "method": "execute", "args": called}
        answer = self.url_open(
            "/jsonrpc",
            data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()["error"]["data"]

    def test_json_2_opens_nothing_else(self):
        for model, method, _args in TRIED:
            answer = self.json_2(model, method)
            self.assertEqual(answer.status_code, 403, (model, method, answer.text))
            self.assertIn(f"may not call {model}.{method}", answer.json()["message"])
        self.assertEqual(self.json_2("res.users", "context_get").json()["uid"], self.service_id)
        self.assertEqual(json.loads(self.json_2("celery.job", "fabric_hello").json())["protocol"], 1)

    def test_of_accounts_it_reads_its_own_name_only(self):
        own = self.json_2("res.users", "read", ids=[self.service_id], fields=["login"])
        self.assertEqual(own.json(), [{"id": self.service_id, "login": "celery_service"}])
        for ids, names in (([2], ["login"]), ([2], None), ([self.service_id], ["group_ids"]),
                           ([self.service_id, 2], ["login"]), ([2], ["partner_id"])):
            answer = self.json_2("res.users", "read", ids=ids, fields=names)
            self.assertEqual(answer.status_code, 403, (ids, names, answer.text))

    def test_what_is_not_there_is_said_to_be_missing(self):
        """By this a fabric tells an addon that is too old."""
        self.assertEqual(self.json_2("celery.job", "fabric_of_a_later_release").status_code, 404)
        self.assertEqual(self.json_2("celery.missing", "fabric_hello").status_code, 404)

    def test_the_key_opens_no_other_page(self):
        for path in ("/json/1/contacts", "/json/1/res.partner/1", "/json/2/res.partner/read/more"):
            answer = self.url_open(path, headers={"Authorization": f"bearer {self.key}"})
            self.assertIn(answer.status_code, (403, 404), path)

    def test_the_key_is_no_password_of_the_web_client(self):
        params = {"db": get_db_name(), "login": "celery_service", "password": self.key}
        answer = self.url_open(
            "/web/session/authenticate",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        self.assertIn("error", answer.json())
