from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ..controllers.main import GuardedRunJobController
from ..statements import statement
from .common import QueueJobCase

REVIVE = statement("perform.revive")
TEST_JOB = "odoo.addons.queue_job.models.queue_job.QueueJob._test_job"


@tagged("post_install", "-at_install")
class TestPerforming(QueueJobCase):
    def test_a_job_is_performed_once_however_often_it_is_asked_for(self):
        job = self.delay()
        subject = self.claimed(job)
        with patch(TEST_JOB, autospec=True, return_value="well") as method:
            answers = [self.perform(subject) for _ in range(3)]
        self.assertEqual(method.call_count, 1)
        self.assertEqual(answers, [{"state": "done", "result": "well"}] * 3)
        self.assertEqual((job.state, job.retry), ("done", 1))

    def test_it_acts_as_its_user(self):
        job = self.env["queue.job"].with_user(self.user).with_delay()._test_job().db_record()
        actors = []

        def note(model):
            actors.append((model.env.user, model.env.su))

        with patch(TEST_JOB, autospec=True, side_effect=note):
            self.perform(self.claimed(job))
        self.assertEqual(actors, [(self.user, False)])

    def test_a_retryable_error_postpones_it(self):
        job = self.delay()
        with patch(TEST_JOB, autospec=True, side_effect=RetryableJobError("not yet", seconds=60)):
            answer = self.perform(self.claimed(job))
        self.assertEqual((answer["state"], answer["error"]), ("postponed", "not yet"))
        self.assertAlmostEqual(answer["seconds"], 60, delta=10)

    def test_before_its_time_it_does_not_run(self):
        job = self.delay()
        subject = self.claimed(job)
        job.eta = fields.Datetime.now() + timedelta(minutes=10)
        self.assertAlmostEqual(self.perform(subject)["seconds"], 600, delta=10)
        self.assertEqual(job.retry, 0)

    def test_a_job_that_has_just_started_elsewhere_is_busy(self):
        job = self.delay()
        subject = self.claimed(job)
        job.write({"state": "started", "date_enqueued": fields.Datetime.now()})
        self.assertEqual(self.perform(subject), {"state": "busy"})

    def test_a_job_whose_odoo_died_runs_again_as_often_as_it_may(self):
        job = self.delay(max_retries=2)
        subject = self.claimed(job)
        long_ago = {"state": "started", "date_enqueued": "2020-01-01 00:00:00"}
        job.write({**long_ago, "retry": 3})
        self.assertIn("JobFoundDead", self.perform(subject)["error"])
        job.write({**long_ago, "retry": 1})
        self.assertEqual(self.perform(subject)["state"], "done")
        self.assertEqual(job.retry, 3)

    def test_a_method_that_is_gone_fails_its_job_in_words(self):
        job = self.delay()
        subject = self.claimed(job)
        self.env.cr.execute(
            "UPDATE queue_job SET method_name = 'renamed' WHERE id = %s", [job.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(AttributeError, "renamed"):
            self.perform(subject)
        self.write_back({"subject": subject, "state": "dead", "error": "no method renamed"})
        job.invalidate_recordset()
        self.assertEqual((job.state, job.exc_message), ("failed", "no method renamed"))

    def test_only_the_service_account_and_only_for_jobs_of_queue_job(self):
        job = self.delay()
        jobs = self.env["celery.job"].with_user(self.user)
        with self.assertRaises(AccessError):
            jobs.fabric_perform_queue_job("{}")
        _job, subject = self.in_flight()
        with self.assertRaisesRegex(ValidationError, "not one of queue_job"):
            self.perform(subject)
        self.assertEqual(job.state, "pending")

    def test_an_attempt_that_is_over_performs_nothing(self):
        job = self.delay()
        subject = {**self.claimed(job), "attempt": 7}
        self.assertEqual(self.perform(subject), {"in_flight": False})
        self.assertEqual(job.state, "pending")

    @mute_logger("odoo.addons.celery_bridge_queue_job.controllers.main")
    def test_ocas_runner_gets_no_job_that_celery_has(self):
        job = self.delay()
        job.state = "enqueued"  # as the runner marks it before it asks for it
        self.env.flush_all()
        self.assertIsNone(GuardedRunJobController._acquire_job(self.env, job.uuid))
        self.assertEqual(self.perform(self.claimed(job))["state"], "done")

    def test_what_somebody_runs_right_now_is_left_alone(self):
        """A committed row, so that another cursor can hold its lock."""
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute(
                "INSERT INTO queue_job (uuid, state, date_enqueued) VALUES"
                " ('celery-test', 'started', '2020-01-01') RETURNING id"
            )
            (job_id,) = other.fetchone()
            other.execute(
                "INSERT INTO queue_job_lock (id, queue_job_id) VALUES (%s, %s)", [job_id, job_id]
            )
            other.commit()
            try:
                other.execute("SELECT FROM queue_job_lock WHERE id = %s FOR NO KEY UPDATE", [job_id])
                with closing(db_connect(self.env.cr.dbname).cursor()) as third:
                    third.execute(REVIVE, {"uuid": "celery-test"})
                    self.assertFalse(third.fetchall())
                other.rollback()
                with closing(db_connect(self.env.cr.dbname).cursor()) as third:
                    third.execute(REVIVE, {"uuid": "celery-test"})
                    self.assertEqual(third.fetchall(), [("pending",)])
            finally:
                other.rollback()
                other.execute("DELETE FROM queue_job WHERE id = %s", [job_id])
                other.commit()
