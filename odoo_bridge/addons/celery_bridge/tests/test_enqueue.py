from datetime import datetime, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestEnqueue(FabricCase):
    def test_a_job_is_pending(self):
        jobs = self.env["celery.job"].with_user(self.user)
        job = jobs.enqueue("demo.task", {"pricelist_id": 7}, records=self.user.partner_id)
        self.assertEqual(job.state, "pending")
        self.assertEqual((job.task, job.queue), ("demo.task", "default"))
        self.assertEqual(job.params, {"pricelist_id": 7})
        self.assertEqual((job.attempt, job.max_attempts, job.priority), (0, 3, 10))
        self.assertEqual((job.user_id, job.company_id), (self.user, self.user.company_id))
        self.assertEqual((job.res_model, job.res_ids), ("res.partner", self.user.partner_id.ids))
        self.assertEqual(job.display_name, "Demonstrate")

    def test_options(self):
        job = self.enqueue(
            queue="slow", priority=1, max_attempts=9, description="Once", records=["res.users", [2]]
        )
        self.assertEqual((job.queue, job.priority, job.max_attempts), ("slow", 1, 9))
        self.assertEqual(job.description, "Once")
        self.assertEqual((job.res_model, job.res_ids), ("res.users", [2]))

    def test_context_keeps_three_names_only(self):
        company = self.user.company_id
        jobs = self.env["celery.job"].with_user(self.user).with_context(
            lang="en_US", tz="Asia/Tokyo", secret="x", allowed_company_ids=company.ids
        )
        job = jobs.enqueue("demo.task")
        expected = {"lang": "en_US", "tz": "Asia/Tokyo", "allowed_company_ids": company.ids}
        self.assertEqual(job.context, expected)

    def test_correlation_id_comes_from_the_context(self):
        jobs = self.env["celery.job"].with_user(self.user)
        job = jobs.with_context(correlation_id="from-http").enqueue("demo.task")
        self.assertEqual(job.correlation_id, "from-http")
        self.assertRegex(jobs.enqueue("demo.task").correlation_id, "^[0-9a-f]{32}$")

    def test_no_job_without_its_transaction(self):
        class Interrupted(Exception):
            pass

        with self.assertRaises(Interrupted), self.env.cr.savepoint():
            self.enqueue()
            raise Interrupted
        self.assertFalse(self.env["celery.job"].search([]))

    def test_eta(self):
        later = datetime.utcnow() + timedelta(hours=1)
        self.assertEqual(self.enqueue(eta=later).state, "scheduled")
        self.assertEqual(self.enqueue(eta="2000-01-01 00:00:00").state, "pending")

    def test_unknown_task_names_the_known_ones(self):
        with self.assertRaisesRegex(ValidationError, "no task demo.tsk. Known tasks: demo.task"):
            self.env["celery.job"].enqueue("demo.tsk")

    def test_no_worker_yet(self):
        self.env["celery.task"].search([]).unlink()
        with self.assertRaisesRegex(ValidationError, "no worker has registered any task"):
            self.env["celery.job"].enqueue("demo.task")

    def test_wrong_params_name_the_field(self):
        with self.assertRaisesRegex(ValidationError, "params.pricelist_id: must be an integer"):
            self.env["celery.job"].enqueue("demo.task", {"pricelist_id": "7"})

    def test_params_must_be_json(self):
        for params in ({"text": datetime.now()}, {"pricelist_id": float("nan")}):
            with self.assertRaisesRegex(ValidationError, "params must be JSON"):
                self.env["celery.job"].enqueue("demo.task", params)

    def test_params_that_postgresql_cannot_store(self):
        with self.assertRaisesRegex(ValidationError, "cannot store"):
            self.env["celery.job"].enqueue("demo.task", {"text": "a\x00b"})

    def test_params_too_large(self):
        with self.assertRaisesRegex(ValidationError, "more than 65536"):
            self.env["celery.job"].enqueue("demo.task", {"text": "x" * 65536})
        self.env["ir.config_parameter"].set_param("celery_bridge.params_limit", "10")
        with self.assertRaisesRegex(ValidationError, "more than 10"):
            self.env["celery.job"].enqueue("demo.task", {"text": "ten bytes"})

    def test_a_portal_user_may_not(self):
        portal = new_test_user(self.env, login="celery_portal", groups="base.group_portal")
        jobs = self.env["celery.job"].with_user(portal)
        with self.assertRaises(AccessError):
            jobs.enqueue("demo.task")
        self.assertEqual(jobs.sudo().enqueue("demo.task").user_id, portal)
