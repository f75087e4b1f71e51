from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import ThingCase

EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string"}, "id": {"type": "string"},
        "at": {"type": "string", "format": "date-time"}, "payload": {"type": "object"},
        "model": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "ids": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["event", "id", "at"],
    "additionalProperties": False,
}


@tagged("post_install", "-at_install")
class TestEvents(ThingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register("shop.announce", "thing.confirmed")
        cls.events = cls.env(user=cls.user)["celery.event"]

    @classmethod
    def register(cls, name, *events):
        cls.fabric("register_tasks", tasks=[
            {"name": name, "queue": "shop", "schema": EVENT_SCHEMA, "max_attempts": 2, "events": list(events)}
        ])

    def subscribe(self, event, task="shop.announce"):
        task = self.env["celery.task"].search([("name", "=", task)])
        return self.env["celery.event.subscription"].create({"event": event, "task_id": task.id})

    def test_a_job_for_each_subscriber(self):
        self.register("shop.count", "thing.*")
        jobs = self.events.publish("thing.confirmed", {"total": 5}, record=self.things)
        self.assertEqual(sorted(jobs.mapped("task")), ["shop.announce", "shop.count"])
        self.assertEqual(jobs.mapped("queue"), ["shop", "shop"])
        self.assertEqual(jobs.user_id, self.user)
        self.assertEqual(len(set(jobs.mapped("correlation_id"))), 1)
        self.assertEqual((jobs[0].res_model, jobs[0].res_ids), ("test.celery.thing", self.things.ids))
        params = jobs[0].params
        self.assertEqual((params["event"], params["payload"]), ("thing.confirmed", {"total": 5}))
        self.assertEqual((params["model"], params["ids"]), ("test.celery.thing", self.things.ids))
        self.assertEqual(jobs[1].params, params)

    def test_the_correlation_id_of_the_request(self):
        job = self.events.with_context(correlation_id="from-http").publish("thing.confirmed")
        self.assertEqual(job.correlation_id, "from-http")

    def test_nobody_listens(self):
        self.assertFalse(self.events.publish("thing.cancelled", record=self.things))
        self.assertFalse(self.env["celery.job"].search([]))

    def test_without_subscribers_the_database_is_not_asked(self):
        self.events.publish("thing.cancelled")
        with self.assertQueryCount(0):
            self.events.publish("thing.cancelled", {"a": 1}, record=self.things)

    def test_no_event_without_its_transaction(self):
        class Interrupted(Exception):
            pass

        with self.assertRaises(Interrupted), self.env.cr.savepoint():
            self.events.publish("thing.confirmed")
            raise Interrupted
        self.assertFalse(self.env["celery.job"].search([]))

    def test_a_subscription_made_in_odoo(self):
        self.subscribe("order.*")
        self.assertEqual(len(self.events.publish("order.confirmed")), 1)
        self.assertFalse(self.events.publish("order"))
        self.env["celery.event.subscription"].search([("event", "=", "order.*")]).active = False
        self.assertFalse(self.events.publish("order.confirmed"))

    def test_a_task_that_fits_twice_gets_one_job(self):
        self.subscribe("*")
        self.assertEqual(len(self.events.publish("thing.confirmed")), 1)

    def test_what_its_worker_declares_comes_and_goes_with_it(self):
        subscriptions = self.env["celery.event.subscription"].with_context(active_test=False)
        [declared] = subscriptions.search([])
        self.assertTrue(declared.declared)
        declared.active = False
        self.register("shop.announce", "thing.confirmed")
        self.assertFalse(declared.active)
        self.assertFalse(self.events.publish("thing.confirmed"))
        self.register("shop.announce", "thing.shipped")
        self.assertEqual(subscriptions.search([]).mapped("event"), ["thing.shipped"])
        self.assertEqual(len(self.events.publish("thing.shipped")), 1)

    def test_a_declared_subscription_is_not_bent(self):
        declared = self.env["celery.event.subscription"].search([])
        with self.assertRaisesRegex(UserError, "declares this subscription"):
            declared.event = "order.confirmed"

    def test_a_task_that_takes_no_events(self):
        with self.assertRaisesRegex(ValidationError, "demo.task does not take events"):
            self.subscribe("thing.confirmed", "demo.task")

    def test_bad_names(self):
        for name in ("", "Thing", "thing.", "thing confirmed", "thing.*", None):
            with self.assertRaisesRegex(ValidationError, "no name of an event"):
                self.events.publish(name)
        for pattern in ("Thing", "thing.**", "*thing", ".*", "thing confirmed"):
            with self.assertRaisesRegex(ValidationError, "is no event"):
                self.subscribe(pattern)

    def test_bad_payloads(self):
        for payload, reason in (
            ({"at": self}, "must be JSON"),
            ([1], "must be a JSON object"),
            ({"x": "y" * 65536}, "thing.cancelled: params are"),
        ):
            with self.assertRaisesRegex(ValidationError, reason):
                self.events.publish("thing.cancelled", payload)
        with self.assertRaisesRegex(ValidationError, "not saved"):
            self.events.publish("thing.confirmed", record=self.things.new({}))

    def test_anybodys_action_may_publish(self):
        portal = new_test_user(self.env, login="event_portal", groups="base.group_portal")
        job = self.events.with_user(portal).publish("thing.confirmed")
        self.assertEqual(job.sudo().user_id, portal)

    def test_nobody_publishes_over_rpc(self):
        self.assertTrue(getattr(type(self.events).publish, "_api_private", False))
