from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestEnqueueMany(FabricCase):
    @property
    def jobs(self):
        return self.env["celery.job"].with_user(self.user)

    def test_one_statement_in_order(self):
        params = [{"pricelist_id": number} for number in range(500)]
        self.jobs.enqueue_many("demo.task", params[:1])  # what is read once is cached now
        with self.assertQueryCount(2):  # the task, and the insert
            jobs = self.jobs.enqueue_many("demo.task", params, priority=3)
        self.assertEqual([job.params for job in jobs], params)
        self.assertEqual(set(jobs.mapped("priority")), {3})
        self.assertEqual(set(jobs.mapped("state")), {"pending"})

    def test_none_at_all(self):
        self.assertFalse(self.jobs.enqueue_many("demo.task", []))

    def test_a_wrong_one_refuses_all(self):
        with self.assertRaisesRegex(ValidationError, "params.pricelist_id"):
            self.jobs.enqueue_many("demo.task", [{}, {"pricelist_id": "x"}])
        self.assertFalse(self.jobs.search([]))

    def test_keys_may_be_functions_of_the_params(self):
        jobs = self.jobs.enqueue_many(
            "demo.task",
            [{"pricelist_id": number} for number in (1, 2, 1)],
            identity_key=lambda params: f"pricelist {params['pricelist_id']}",
            concurrency_key=lambda params: f"key {params['pricelist_id']}",
        )
        self.assertEqual(jobs[0], jobs[2])
        self.assertEqual(jobs[:2].mapped("concurrency_key"), ["key 1", "key 2"])
        self.assertEqual(set(jobs.mapped("state")), {"parked"})

    def test_wrong_options_are_told_in_words(self):
        wrong = {
            "priority": ["high", 1.5, True, 2**31],
            "max_attempts": [0, -1, "3"],
            "eta": ["tomorrow", 5],
            "queue": ["", 7],
            "identity": ["for_ever", ("window", 0)],
            "identity_key": [""],
            "concurrency_limit": [0],
            "depends_on": [[2**30]],
        }
        for name, values in wrong.items():
            for value in values:
                with self.subTest(name=name, value=value), self.assertRaisesRegex(
                    ValidationError, name
                ):
                    self.jobs.enqueue("demo.task", {}, **{name: value})
        with self.assertRaisesRegex(TypeError, "prio"):
            self.jobs.enqueue("demo.task", {}, prio=1)

    def enqueue_text(self, text, identity, user=None, **options):
        jobs = self.env["celery.job"].with_user(user or self.user)
        return jobs.enqueue(
            "demo.task", {"text": text}, identity_key="one", identity=identity, **options
        )

    def end(self, job):
        self.write_back(self.outcome({"uuid": job.uuid, "attempt": job.attempt}))
        job.invalidate_recordset()

    def test_until_done(self):
        first = self.enqueue_text("a", "until_done")
        self.claim()
        self.assertEqual(self.enqueue_text("b", "until_done"), first)
        self.end(first)
        second = self.enqueue_text("c", "until_done")
        self.assertNotEqual(second, first)
        self.assertEqual((first.params["text"], second.params["text"]), ("a", "c"))

    def test_until_started_and_its_retry(self):
        first = self.enqueue_text("a", "until_started")
        self.assertEqual(self.enqueue_text("b", "until_started"), first)
        self.claim()
        second = self.enqueue_text("c", "until_started")
        self.assertNotEqual(second, first)
        subject = {"uuid": first.uuid, "attempt": 1}
        [verdict] = self.write_back(self.outcome(subject, state="scheduled", retry_in=60))
        self.assertTrue(verdict["accepted"])

    def test_a_window(self):
        first = self.enqueue_text("a", ("window", 60))
        self.claim()
        self.end(first)
        self.assertEqual(self.enqueue_text("b", ("window", 60)), first)
        self.env.cr.execute("UPDATE celery_job SET identity_until = '2000-01-01'")
        self.assertNotEqual(self.enqueue_text("c", ("window", 60)), first)

    def test_replace_keeps_the_newest_and_acts_as_who_gave_it(self):
        first = self.enqueue_text("a", "replace", eta="2999-01-01 00:00:00").sudo()
        second = self.enqueue_text("b", "replace", self.admin, eta="2999-02-01 00:00:00").sudo()
        self.assertEqual(second, first)
        self.assertEqual((first.params, first.user_id), ({"text": "b"}, self.admin))
        self.assertEqual(str(first.eta), "2999-02-01 00:00:00")
        self.env.cr.execute("UPDATE celery_job SET eta = '2000-01-01'")
        self.claim()
        self.assertNotEqual(self.enqueue_text("c", "replace"), first)

    def test_a_key_is_for_one_task(self):
        self.fabric("register_tasks", tasks=[{"name": "other.task", "queue": "default"}])
        first = self.enqueue_text("a", "until_done")
        other = self.jobs.enqueue("other.task", identity_key="one")
        self.assertNotEqual(first, other)

    def test_what_lost_its_key_is_not_put_back(self):
        first = self.enqueue_text("a", "until_done")
        first.action_cancel()
        self.enqueue_text("b", "until_done")
        with self.assertRaisesRegex(ValidationError, "identity key"):
            first.sudo().action_requeue()
        self.assertEqual(first.state, "cancelled")
