from contextlib import closing

from psycopg2 import errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestClaim(FabricCase):
    def queue(self, name, **values):
        queue = self.env["celery.queue"].search([("name", "=", name)])
        if queue:
            queue.write(values)
        else:
            queue = queue.create({"name": name, **values})
        queue.flush_recordset()
        return queue

    def claimed(self, limit=100):
        return [job["uuid"] for job in self.claim(limit)]

    def test_the_envelope(self):
        job = self.enqueue()
        [envelope] = self.claim()
        self.assertEqual(envelope, {
            "uuid": job.uuid,
            "attempt": 1,
            "task": "demo.task",
            "queue": "default",
            "params": {},
            "user_id": self.user.id,
            "context": job.context,
            "correlation_id": job.correlation_id,
            "max_attempts": 3,
            "priority": 10,
        })
        self.assertEqual((job.state, job.attempt), ("enqueued", 1))
        self.assertTrue(job.date_claimed)

    def test_a_job_is_claimed_once(self):
        self.enqueue()
        self.assertEqual(len(self.claim()), 1)
        self.assertEqual(self.claim(), [])

    def test_priority_then_age(self):
        late, first, second = (self.enqueue(priority=priority) for priority in (20, 5, 5))
        self.assertEqual(self.claimed(2), [first.uuid, second.uuid])
        self.assertEqual(self.claimed(), [late.uuid])

    def test_a_paused_queue(self):
        job = self.enqueue()
        queue = self.queue("default", paused=True)
        self.assertEqual(self.claim(), [])
        queue.paused = False
        queue.flush_recordset()
        self.assertEqual(self.claimed(), [job.uuid])

    def test_the_window(self):
        self.queue("default", window_size=2)
        jobs = [self.enqueue() for _ in range(3)]
        self.assertEqual(self.claimed(), [jobs[0].uuid, jobs[1].uuid])
        self.assertEqual(self.claim(), [])
        jobs[0].action_cancel()
        self.assertEqual(self.claimed(), [jobs[2].uuid])

    def test_each_queue_has_its_share_and_the_rest_is_filled(self):
        busy = [self.enqueue() for _ in range(6)]
        quiet = self.enqueue(queue="quiet", priority=50)
        claimed = self.claimed(4)
        self.assertEqual(set(claimed), {quiet.uuid, *(job.uuid for job in busy[:3])})

    def test_a_queue_without_a_row_is_open(self):
        job = self.enqueue(queue="nobody-made-it")
        self.assertEqual(self.claimed(), [job.uuid])

    def test_what_is_not_due_waits(self):
        job = self.enqueue(eta="2999-01-01 00:00:00")
        self.assertEqual(self.claim(), [])
        self.env.cr.execute("UPDATE celery_job SET eta = '2000-01-01' WHERE id = %s", [job.id])
        self.assertEqual(self.claimed(), [job.uuid])

    def test_blocked_jobs_are_not_claimed(self):
        for state in ("waiting", "parked", "cancelled", "dead"):
            self.env["celery.job"].sudo().create({
                "uuid": state, "task": "demo.task", "queue": "default", "state": state,
                "user_id": self.user.id,
            }).flush_recordset()
            self.assertEqual(self.claim(), [], state)

    def test_a_new_attempt_forgets_the_progress_of_the_last(self):
        job, subject = self.in_flight()
        self.fabric("report", reports=[{"subject": subject, "done": 5, "total": 9, "text": "…"}])
        self.write_back(self.outcome(subject, state="scheduled", retry_in=-1))
        self.claim()
        self.assertEqual((job.attempt, job.progress_done, job.progress_total), (2, 0, 0))
        self.assertFalse(job.progress_text or job.date_started)

    @mute_logger("odoo.sql_db")
    def test_an_unknown_state_is_refused(self):
        job = self.enqueue()
        with self.assertRaises(errors.CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE celery_job SET state = 'sent' WHERE id = %s", [job.id])

    def test_nobody_else_may_execute_it(self):
        self.env.cr.execute(
            """
            SELECT has_function_privilege('public', oid, 'EXECUTE'), prosecdef, proconfig
            FROM pg_proc
            WHERE proname IN ('celery_job_claim', 'celery_job_in_flight', 'celery_job_rescue')
            """
        )
        found = self.env.cr.fetchall()
        self.assertEqual(len(found), 3)
        for public, definer, settings in found:
            self.assertFalse(public)
            self.assertTrue(definer)
            self.assertIn("search_path=public, pg_temp", settings)

    def test_one_claim_at_a_time(self):
        self.enqueue()
        with closing(self.registry.cursor()) as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('celery_job_claim'))")
            self.assertEqual(self.claim(), [])
        self.assertEqual(len(self.claim()), 1)
