from odoo.tests import tagged

from odoo.addons.queue_job.delay import chain

from .common import QueueJobCase

DONE = {"state": "done", "result": {}}
DEAD = {"state": "dead", "error": "it broke"}


@tagged("post_install", "-at_install")
class TestActions(QueueJobCase):
    def failed(self):
        job = self.env["queue.job"].with_delay()._test_job(failure_rate=1).db_record()
        subject = self.claimed(job)
        with self.assertLogs("odoo.addons.queue_job.controllers.main", "ERROR"):
            answer = self.perform(subject)
        self.assertEqual(answer["state"], "failed")
        self.assertIn("JobError: Job failed", answer["error"])
        return job, subject

    def test_a_failed_job_is_dead_and_goes_again(self):
        job, subject = self.failed()
        self.write_back({"subject": subject, **DEAD})
        self.assertEqual((job.state, self.celery(job).state), ("failed", "dead"))
        job.requeue()
        self.assertEqual(job.state, "pending")
        self.assertEqual(self.celery(job).state, "pending")
        self.assertEqual(self.claimed(job), {**subject, "attempt": 2})

    def test_requeued_before_the_worker_has_said_that_it_failed(self):
        job, subject = self.failed()
        job.requeue()
        (verdict,) = self.write_back({"subject": subject, **DEAD})
        self.assertFalse(verdict["accepted"])
        self.assertEqual((job.state, self.celery(job).state), ("pending", "pending"))

    def test_a_done_job_that_is_requeued_has_a_new_celery_job(self):
        job = self.delay()
        subject = self.claimed(job)
        self.perform(subject)
        self.write_back({"subject": subject, **DONE})
        job.requeue()
        self.assertEqual(self.celery(job).mapped("state"), ["pending", "done"])

    def test_cancelled_or_done_by_a_person(self):
        for button, state in (("button_cancelled", "cancelled"), ("button_done", "done")):
            pending, in_flight = self.delay(), self.delay()
            subject = self.claimed(in_flight)
            getattr(pending | in_flight, button)()
            self.assertEqual((pending | in_flight).mapped("state"), [state, state])
            self.assertEqual(self.celery(in_flight).state, "cancelled")
            self.assertEqual(self.perform(subject), {"in_flight": False})

    def test_cancelled_at_celery(self):
        model = self.env["queue.job"]
        first, second = model.delayable()._test_job(), model.delayable()._test_job()
        chain(first, second).delay()
        first, second = first._generated_job.db_record(), second._generated_job.db_record()
        self.celery(first).action_cancel()
        self.assertEqual((first.state, second.state), ("cancelled", "cancelled"))
        self.assertTrue(first.date_cancelled)

    def test_marked_done_at_celery(self):
        job, subject = self.failed()
        self.write_back({"subject": subject, **DEAD})
        self.celery(job).action_mark_done()
        self.assertEqual((job.state, self.celery(job).state), ("done", "done"))

    def test_requeued_at_celery(self):
        job, subject = self.failed()
        self.write_back({"subject": subject, **DEAD})
        self.celery(job).action_requeue()
        self.assertEqual((job.state, self.celery(job).state), ("pending", "pending"))

    def test_a_job_that_kills_its_workers_fails(self):
        job = self.delay()
        for _ in range(4):
            subject = self.claimed(job)
            self.fabric("rescue", subjects=[subject])
        self.assertEqual(self.celery(job).state, "dead")
        job.invalidate_recordset()
        self.assertEqual((job.state, job.exc_name), ("failed", "CeleryJobDead"))
        self.assertIn("4 times", job.exc_message)
