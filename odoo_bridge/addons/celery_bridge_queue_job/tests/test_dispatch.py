from datetime import datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.queue_job.delay import chain
from odoo.addons.queue_job.job import identity_exact

from .common import QueueJobCase


@tagged("post_install", "-at_install")
class TestDispatch(QueueJobCase):
    def test_a_delayed_method_has_its_celery_job(self):
        partner = self.env.ref("base.main_partner").with_user(self.user)
        eta = datetime.now().replace(microsecond=0) + timedelta(hours=1)
        delayed = partner.with_delay(priority=3, eta=eta, description="Look").read(["name"])
        job = self.celery(delayed.db_record())
        self.assertEqual(job.task, "queue_job.perform")
        self.assertEqual(job.params, {"uuid": delayed.uuid})
        self.assertEqual((job.queue, job.priority, job.eta, job.state), ("root", 3, eta, "scheduled"))
        self.assertEqual((job.user_id, job.description), (self.user, "Look"))
        self.assertEqual((job.res_model, job.res_ids), ("res.partner", partner.ids))

    def test_rolled_back_there_is_neither(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.delay()
            raise ZeroDivisionError
        self.assertFalse(self.env["queue.job"].search([]))
        self.assertFalse(self.env["celery.job"].search([]))

    def test_an_identity_key_gives_one_job(self):
        first = self.delay(identity_key=identity_exact)
        self.assertEqual(self.delay(identity_key=identity_exact), first)
        self.assertEqual(len(self.celery(first)), 1)

    def test_a_job_that_waits_is_enqueued_when_what_it_waits_on_is_done(self):
        model = self.env["queue.job"]
        first, second = model.delayable()._test_job(), model.delayable()._test_job()
        chain(first, second).delay()
        first, second = first._generated_job.db_record(), second._generated_job.db_record()
        self.assertEqual(second.state, "wait_dependencies")
        self.assertFalse(self.celery(second))
        self.assertEqual(self.perform(self.claimed(first))["state"], "done")
        self.assertEqual(second.state, "pending")
        self.assertEqual(self.celery(second).state, "pending")

    def test_what_is_edited_is_followed(self):
        job = self.delay(eta=3600)
        job.write({"priority": 1, "eta": False})
        self.assertEqual((self.celery(job).priority, self.celery(job).state), (1, "pending"))
        job.eta = datetime.now() + timedelta(hours=2)
        self.assertEqual(self.perform(self.claimed(job))["state"], "postponed")

    def test_a_deleted_job_does_not_run(self):
        job = self.delay()
        celery = self.celery(job)
        job.unlink()
        self.assertEqual(celery.state, "cancelled")

    def test_nobody_enqueues_the_task_by_hand(self):
        job = self.delay()
        self.fabric("register_tasks", tasks=[{"name": "queue_job.perform"}])
        with self.assertRaisesRegex(ValidationError, r"with_delay\(\)"):
            self.env["celery.job"].enqueue("queue_job.perform", {"uuid": job.uuid})
