"""Subscriptions of other services: who may see what, which events go out, signed how, and when it ends."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..fabric.signing import is_secret
from .common import FabricCase

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes long!").decode()


def signed(secret, headers, body):
    """As the specification has it, written anew here."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


@tagged("post_install", "-at_install")
class TestWebhook(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["celery.webhook"].init()
        cls.env["celery.webhook"].with_context(active_test=False).search([]).unlink()
        cls.webhook = cls.env["celery.webhook"].create({
            "name": "Parcels", "url": "https://parcels.example.com/odoo?key=1",
            "events": "order.confirmed, shipment.*", "new_secret": SECRET,
        })
        cls.events = cls.env(user=cls.user)["celery.event"]
        cls.manager = new_test_user(
            cls.env, login="webhook_boss", groups="base.group_user,celery_bridge.group_manager"
        )

    def sending(self, event="order.confirmed", **payload):
        """The job of a published event, claimed, and its subject."""
        job = self.events.publish(event, payload).sudo()
        self.claim()
        return job, {"uuid": job.uuid, "attempt": job.attempt}

    def answered(self, status):
        _job, subject = self.sending()
        answer = self.fabric("webhook_answered", subject=subject, status=status)
        self.write_back(self.outcome(subject))
        return answer

    def test_a_job_for_each_subscription_that_wants_the_event(self):
        other = self.webhook.copy({"events": "*", "parallel": 5})
        jobs = self.events.publish("order.confirmed", {"total": 5}, record=self.user).sudo()
        self.assertEqual(jobs.mapped("task"), ["webhooks.send"] * 2)
        self.assertEqual([job.params["webhook"] for job in jobs], [self.webhook.id, other.id])
        self.assertEqual(len({job.params["id"] for job in jobs}), 1)
        self.assertEqual(jobs.mapped("concurrency_limit"), [2, 5])
        self.assertEqual(len(set(jobs.mapped("concurrency_key"))), 2)
        self.assertEqual(jobs.user_id, self.user)
        self.assertEqual(self.events.publish("order.cancelled").sudo().params["webhook"], other.id)
        other.active = False
        self.assertFalse(self.events.publish("order.cancelled"))

    def test_events_of_a_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.webhook.company_id = elsewhere
        self.assertFalse(self.events.publish("order.confirmed"))
        self.user.company_ids |= elsewhere
        self.assertTrue(self.events.with_company(elsewhere).publish("order.confirmed"))
        with self.assertRaises(AccessError):
            self.webhook.with_user(self.manager).name

    def test_the_request_is_signed_and_the_same_at_each_attempt(self):
        job, subject = self.sending(total=5, word="é")
        request = self.fabric("webhook", subject=subject)
        self.assertEqual(request["url"], self.webhook.url)
        body = json.loads(request["body"])
        self.assertEqual((body["type"], body["data"]), ("order.confirmed", {"total": 5, "word": "é"}))
        self.assertEqual(request["headers"]["webhook-id"], body["id"])
        self.assertEqual(request["headers"]["webhook-signature"], signed(SECRET, request["headers"], request["body"]))
        self.write_back(self.outcome(subject, state="scheduled", error="500"))
        self.env.cr.execute("UPDATE celery_job SET eta = now() - interval '1 s' WHERE id = %s", [job.id])
        self.claim()
        again = self.fabric("webhook", subject={"uuid": job.uuid, "attempt": 2})
        self.assertEqual(again["body"], request["body"])
        self.assertEqual(again["headers"]["webhook-id"], request["headers"]["webhook-id"])

    def test_an_attempt_that_is_over_gets_nothing(self):
        job, subject = self.sending()
        self.assertEqual(self.fabric("webhook", subject={**subject, "attempt": 2}), {"in_flight": False})
        job.action_cancel()
        self.assertEqual(self.fabric("webhook", subject=subject), {"in_flight": False})

    def test_no_other_job_gets_a_signature(self):
        _job, subject = self.in_flight()
        with self.assertRaisesRegex(AccessError, "sends no webhook"):
            self.fabric("webhook", subject=subject)

    def test_nobody_has_a_forged_event_signed(self):
        params = {"webhook": self.webhook.id, "event": "order.confirmed", "id": "1", "at": "2026-01-01T00:00:00Z"}
        for user in (self.user, self.manager, self.admin):
            jobs = self.env["celery.job"].with_user(user)
            with self.assertRaisesRegex(AccessError, "Events start the task"):
                jobs.enqueue("webhooks.send", params)
        with self.assertRaises(AccessError):
            start = Form(self.env["celery.task.start"].with_user(self.manager))
            start.task_id = self.env["celery.task"].search([("name", "=", "webhooks.send")])
            start.as_json = True
            start.params_text = json.dumps(params)
            start.save().action_start()

    def test_rotation(self):
        self.webhook.with_user(self.manager).new_secret = OTHER
        self.assertTrue(self.webhook.rotating)
        request = self.fabric("webhook", subject=self.sending()[1])
        self.assertEqual(
            request["headers"]["webhook-signature"].split(),
            [signed(secret, request["headers"], request["body"]) for secret in (OTHER, SECRET)],
        )
        self.webhook.with_user(self.manager).action_forget_old_secret()
        request = self.fabric("webhook", subject=self.sending()[1])
        self.assertEqual(request["headers"]["webhook-signature"], signed(OTHER, request["headers"], request["body"]))
        self.assertFalse(self.webhook.rotating)

    def test_a_new_secret_is_shown_once(self):
        action = self.webhook.with_user(self.manager).action_new_secret()
        shown = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"]))
        self.assertTrue(is_secret(shown.secret))
        self.assertEqual(self.webhook.sudo().secret, shown.secret)
        self.assertFalse(self.env[action["res_model"]].search([]))

    def test_one_without_a_secret_makes_its_own_and_a_copy_has_another(self):
        made = self.env["celery.webhook"].create({"name": "x", "url": "https://x.example", "events": "*"})
        self.assertTrue(is_secret(made.sudo().secret))
        self.assertNotEqual(self.webhook.copy().sudo().secret, SECRET)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_reads_a_secret(self):
        for user in (self.user, self.manager, self.admin):
            user.group_ids |= self.env.ref("base.group_allow_export")
            webhook = self.webhook.with_user(user)
            for name in ("secret", "old_secret"):
                for way in (
                    lambda: webhook.read([name]),
                    lambda: webhook[name],
                    lambda: webhook.search([(name, "=like", "whsec_M%")]),
                    lambda: webhook.export_data([name]),
                    lambda: webhook.write({name: OTHER}),
                    lambda: webhook.web_read({name: {}}),
                    lambda: webhook.formatted_read_group([], [name]),
                    lambda: webhook.search([], order=name),
                ):
                    self.env.invalidate_all()
                    with self.assertRaises(UserError):
                        way()
        manager = self.webhook.with_user(self.manager)
        self.assertNotIn("whsec_", json.dumps(manager.read(), default=str))
        self.assertNotIn("secret", manager.fields_get())
        self.assertFalse(manager.new_secret)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_users_see_no_subscriptions(self):
        for way in ("search", "create", "write", "unlink"):
            with self.assertRaises(AccessError):
                webhook = self.webhook.with_user(self.user)
                {
                    "search": lambda: webhook.search([]),
                    "create": lambda: webhook.create({"name": "x", "url": "https://x.example"}),
                    "write": lambda: webhook.write({"url": "https://x.example"}),
                    "unlink": webhook.unlink,
                }[way]()
        for method in ("action_new_secret", "action_forget_old_secret", "action_test"):
            with self.assertRaises(AccessError):
                getattr(self.webhook.with_user(self.user), method)()

    def test_jobs_do_not_reach_subscriptions(self):
        _job, subject = self.in_flight(self.admin)
        with self.assertRaisesRegex(AccessError, "out of reach"):
            self.fabric("read_as", subject=subject, model="celery.webhook", method="search_read", args=[[]])

    def test_addresses(self):
        for url in ("ftp://x.example", "https://", "x.example", "https://me:it@x.example/", "https://x .example",
                    "https://é.example", "https://x.example:99999/", "https://x.example/\n", "https://[::1", "",
                    "https://x.example/" + "x" * 2000, "javascript:alert(1)"):
            with self.assertRaises(UserError, msg=url), self.env.cr.savepoint():
                self.webhook.url = url
                self.webhook.flush_recordset()
        self.webhook.url = "http://10.0.0.1:8080/take"

    def test_bad_events_and_secrets(self):
        for events in ("Order", "order.**", " , ", "order.confirmed;x"):
            with self.assertRaisesRegex(ValidationError, "is no event"):
                self.webhook.events = events
        for secret in ("secret", "whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"short").decode()):
            with self.assertRaisesRegex(ValidationError, "24 to 64 bytes") as caught:
                self.webhook.new_secret = secret
            self.assertNotIn(secret, str(caught.exception).replace("A secret is whsec_", ""))

    def test_a_receiver_that_is_gone_is_given_up_and_managers_are_told(self):
        self.assertEqual(self.answered(410), {"active": False})
        self.assertFalse(self.webhook.active)
        message = self.env["mail.message"].search([("subject", "=", "No more webhooks go to Parcels")])
        self.assertIn(self.manager.partner_id, message.notified_partner_ids)
        self.assertIn("410", message.body)

    def test_days_of_failure(self):
        self.assertEqual(self.answered(500), {"active": True})
        since = self.webhook.failing_since
        self.assertTrue(since)
        self.answered(0)
        self.assertEqual(self.webhook.failing_since, since)
        self.webhook.failing_since -= timedelta(days=4, hours=23)
        self.assertEqual(self.answered(503), {"active": True})
        self.webhook.failing_since -= timedelta(hours=2)
        self.assertEqual(self.answered(503), {"active": False})
        self.webhook.active = True
        self.assertFalse(self.webhook.failing_since)

    def test_a_success_in_between_begins_the_days_anew(self):
        self.answered(500)
        self.webhook.failing_since -= timedelta(days=30)
        self.assertTrue(self.fabric("webhook", subject=self.sending()[1])["failing"])
        self.answered(200)
        self.assertFalse(self.webhook.failing_since)
        self.assertEqual(self.answered(500), {"active": True})

    def test_never_is_never(self):
        self.webhook.disable_after = 0
        self.webhook.failing_since = fields.Datetime.now() - timedelta(days=1000)
        self.assertEqual(self.answered(500), {"active": True})

    def test_jobs_of_what_is_archived_or_deleted_are_told_so(self):
        subject = self.sending()[1]
        self.webhook.active = False
        self.assertEqual(self.fabric("webhook", subject=subject), {"off": True})
        self.assertEqual(self.fabric("webhook_answered", subject=subject, status=500), {"active": False})
        self.webhook.unlink()
        self.assertEqual(self.fabric("webhook", subject=subject), {"off": True})
        self.assertEqual(self.fabric("webhook_answered", subject=subject, status=500), {"active": False})

    def test_a_test_event_goes_to_this_one_alone(self):
        self.webhook.copy({"events": "*"})
        action = self.webhook.with_user(self.manager).action_test()
        job = self.env["celery.job"].browse(action["res_id"])
        self.assertEqual((job.task, job.params["event"]), ("webhooks.send", "webhook.test"))
        self.assertEqual(self.env["celery.job"].search_count([]), 1)
        action = self.webhook.with_user(self.manager).action_open_jobs()
        self.assertEqual(self.env["celery.job"].search(action["domain"]), job)

    def test_the_views_load(self):
        model = self.env["celery.webhook"].with_user(self.manager)
        self.assertEqual(len(model.get_views([(False, "list"), (False, "form"), (False, "search")])["views"]), 3)
        with Form(model) as form:
            form.name, form.url = "Mine", "https://mine.example"
        self.assertTrue(is_secret(form.record.sudo().secret))
