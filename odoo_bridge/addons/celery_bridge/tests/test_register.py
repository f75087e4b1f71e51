from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SCHEMA, FabricCase


@tagged("post_install", "-at_install")
class TestRegister(FabricCase):
    def register(self, **values):
        task = {"name": "new.task", "queue": "new", "schema": SCHEMA, "max_attempts": 2, **values}
        return self.fabric("register_tasks", tasks=[task])

    def task(self):
        return self.env["celery.task"].search([("name", "=", "new.task")])

    def test_a_new_task_brings_its_queue(self):
        self.assertEqual(self.register(description="New"), {"registered": 1})
        task = self.task()
        self.assertEqual((task.queue, task.max_attempts), ("new", 2))
        self.assertEqual((task.schema, task.description), (SCHEMA, "New"))
        self.assertTrue(task.last_seen)
        queue = self.env["celery.queue"].search([("name", "=", "new")])
        self.assertEqual((queue.paused, queue.window_size), (False, 100))

    def test_a_known_task_is_updated_and_its_queue_left_alone(self):
        self.register()
        queue = self.env["celery.queue"].search([("name", "=", "new")])
        queue.write({"paused": True, "window_size": 7})
        self.register(max_attempts=5)
        self.assertEqual(self.task().max_attempts, 5)
        self.assertEqual((queue.paused, queue.window_size), (True, 7))

    def test_a_task_says_whether_its_user_waits(self):
        jobs = self.env["celery.job"].with_user(self.user)
        params = {"text": "x"}
        self.register()
        self.assertFalse(jobs.enqueue("new.task", params).notify)
        self.register(notify=True)
        self.assertTrue(self.task().notify)
        self.assertTrue(jobs.enqueue("new.task", params).notify)
        self.assertFalse(jobs.enqueue("new.task", params, notify=False).notify)
        self.assertEqual(jobs.enqueue_many("new.task", [params] * 2).mapped("notify"), [True, True])

    def test_hello(self):
        hello = self.fabric("hello")
        self.assertEqual((hello["protocol"], hello["odoo"]), (1, "19.0"))
        self.assertEqual(hello["database"], self.env.cr.dbname)
        self.assertTrue(hello["addon"].startswith("19.0."))
        self.assertTrue(hello["database_uuid"])

    def test_only_the_service_account(self):
        jobs = self.env["celery.job"]
        for method in (
            jobs.fabric_hello, jobs.fabric_register_tasks, jobs.fabric_claim, jobs.fabric_report
        ):
            with self.assertRaisesRegex(AccessError, "service account"):
                method("{}")
