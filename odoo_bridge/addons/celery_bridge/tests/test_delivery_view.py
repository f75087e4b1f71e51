"""Deliveries as the gateway tells of them: a small server stands for it here, in acceptance tests the real one."""

import json
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..fabric.gateway import KEY, URL
from .common import FabricCase

ROW = {
    "uuid": str(uuid4()), "source": "shopify", "event_id": "e-1", "state": "dead", "attempt": 8, "max_attempts": 8,
    "received_at": "2026-11-22T13:00:00.5+01:00", "error": "no product", "outcome": None,
}
SHOWN = {
    **ROW, "body": '{"id": 1}', "body_encoding": "utf-8", "traceback": "Traceback", "headers": {"x-topic": "orders"},
}


class Gateway(BaseHTTPRequestHandler):
    answers = {}
    asked = []

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, content):
        path = self.path.removeprefix("/behind/admin/deliveries/")
        self.asked.append((path, self.headers["Authorization"], content))
        status, body = self.answers.get(path, (404, {"error": {"message": "no such delivery"}}))
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Nothing."""


@tagged("post_install", "-at_install")
class TestDeliveryView(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
        thread = Thread(target=cls.server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.manager = new_test_user(
            cls.env, login="delivery_boss", groups="base.group_user,celery_bridge.group_manager"
        )

    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.parameters.set_param(URL, f"http://127.0.0.1:{self.server.server_port}/behind/")
        self.parameters.set_param(KEY, "the key")
        Gateway.answers, Gateway.asked = {"list": (200, {"deliveries": [ROW]}), ROW["uuid"]: (200, SHOWN)}, []

    def open(self):
        searches = self.env["celery.delivery.search"].with_user(self.manager)
        return searches.browse(searches.action_open()["res_id"])

    def test_a_list_and_a_detail(self):
        search = self.open()
        line = search.line_ids
        self.assertEqual((line.event, line.attempts, line.result), ("e-1", "8 / 8", "no product"))
        self.assertEqual(line.received, datetime(2026, 11, 22, 12))
        [(path, key, asked)] = Gateway.asked
        self.assertEqual((path, key, asked["limit"]), ("list", "Bearer the key", 100))
        self.assertLess(datetime.now().astimezone() - datetime.fromisoformat(asked["since"]), timedelta(hours=25))
        with Form(line) as form:
            self.assertEqual((form.body, form.headers), ('{"id": 1}', "x-topic: orders"))
            self.assertEqual(form.traceback, "Traceback")
        self.assertFalse(search.problem)

    def test_conditions(self):
        with Form(self.open()) as form:
            form.source, form.state, form.grep, form.period = "stripe", "done", "sku", False
        form.record.action_find()
        self.assertEqual(
            Gateway.asked[-1][2],
            {"sources": ["stripe"], "states": ["done"], "grep": "sku", "limit": 100},
        )

    def test_replay_and_discard(self):
        search = self.open()
        Gateway.answers |= {verb: (200, {"uuids": [ROW["uuid"]]}) for verb in ("replay", "discard")}
        search.line_ids.action_replay()
        self.assertEqual(Gateway.asked[-2][::2], ("replay", {"uuids": [ROW["uuid"]]}))
        search.line_ids.action_discard()
        self.assertIn("delivery_boss", Gateway.asked[-2][2]["reason"])
        search.source = "shopify"
        search.action_replay()
        self.assertEqual(Gateway.asked[-2][2]["sources"], ["shopify"])
        Gateway.answers["replay"] = (200, {"uuids": []})
        with self.assertRaisesRegex(UserError, "nothing to do"):
            search.line_ids.action_replay()

    def test_what_is_wrong_is_said(self):
        port = self.server.server_port
        for url, key, answer, said in (
            ("", "the key", None, "does not know the gateway yet"),
            (f"http://127.0.0.1:{port}/behind", "", None, "does not know the gateway yet"),
            ("http://127.0.0.1:1", "the key", None, "127.0.0.1:1 does not answer"),
            ("not an address", "the key", None, "does not answer"),
            ("ftp://gateway", "the key", None, "does not answer"),
            (f"http://127.0.0.1:{port}/behind", "the key", (401, {"error": {}}), "refuses Odoo's key"),
            (f"http://127.0.0.1:{port}/behind", "the key", (503, {"error": {"message": "ledger away"}}), "ledger away"),
            (f"http://127.0.0.1:{port}/behind", "the key", (200, b"<html>"), "is no gateway"),
            (f"http://127.0.0.1:{port}/behind", "the key", (302, b""), "is no gateway"),
        ):
            self.parameters.set_param(URL, url)
            self.parameters.set_param(KEY, key)
            Gateway.answers = {"list": answer}
            search = self.open()
            self.assertIn(said, search.problem)
            self.assertFalse(search.line_ids)
            self.assertNotIn("the key", search.problem)

    def test_a_delivery_that_is_gone(self):
        line = self.open().line_ids
        Gateway.answers = {}
        with self.assertRaisesRegex(UserError, "no such delivery"):
            line.body  # noqa: B018  # pylint: disable=pointless-statement

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_for_managers_and_what_one_found_is_not_anothers(self):
        with self.assertRaises(AccessError):
            self.env["celery.delivery.search"].with_user(self.user).action_open()
        line = self.open().line_ids
        other = new_test_user(
            self.env, login="other_boss", groups="base.group_user,celery_bridge.group_manager"
        )
        for record in (line, line.search_id):
            with self.assertRaises(AccessError):
                record.with_user(other).read()
        self.assertFalse(self.env["celery.delivery"].with_user(other).search([]))
        with self.assertRaises(AccessError):
            self.env["ir.config_parameter"].with_user(self.manager).get_param(KEY)

    def test_the_settings(self):
        with Form(self.env["res.config.settings"]) as form:
            form.celery_gateway_url, form.celery_gateway_key = "http://gateway:8765", "another"
        form.record.execute()
        self.assertEqual(self.parameters.get_param(URL), "http://gateway:8765")
        self.assertEqual(self.parameters.get_param(KEY), "another")
