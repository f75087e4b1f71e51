from psycopg2 import errors

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestRescue(FabricCase):
    def rescue(self, *subjects, begun=True):
        return self.fabric("rescue", subjects=list(subjects), begun=begun)["jobs"]

    def test_what_is_in_flight(self):
        job, subject = self.in_flight()
        self.enqueue()
        [found] = self.fabric("in_flight")["jobs"]
        self.assertTrue(0 <= found.pop("claimed_seconds") < 60)
        self.assertEqual(found, {**subject, "queue": "default", "state": "enqueued"})
        self.write_back(self.outcome(subject))
        self.assertEqual(self.fabric("in_flight")["jobs"], [])
        self.assertEqual(job.state, "done")

    def test_an_orphan_goes_back_and_is_claimed_again(self):
        job, subject = self.in_flight()
        self.assertEqual(self.rescue(subject), [{"uuid": job.uuid, "state": "pending"}])
        self.assertEqual((job.state, job.attempt, job.max_attempts), ("pending", 1, 4))
        [attempt] = job.history
        self.assertEqual((attempt["attempt"], attempt["error"]), (1, "orphaned"))
        [envelope] = self.claim()
        self.assertEqual((envelope["uuid"], envelope["attempt"]), (job.uuid, 2))
        [verdict] = self.write_back(self.outcome(subject, result="late"))
        self.assertFalse(verdict["accepted"])

    def test_another_attempt_and_what_has_ended_stay(self):
        job, subject = self.in_flight()
        self.assertEqual(self.rescue({**subject, "attempt": 7}), [])
        self.write_back(self.outcome(subject))
        self.assertEqual(self.rescue(subject, {"uuid": "gone", "attempt": 1}), [])
        self.assertEqual(job.state, "done")

    def test_a_poison_pill_dies_until_a_person_puts_it_back(self):
        job, _subject = self.in_flight()
        for _ in range(3):
            self.rescue({"uuid": job.uuid, "attempt": job.attempt})
            self.claim()
            job.invalidate_recordset()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        self.assertEqual(self.rescue(subject), [{"uuid": job.uuid, "state": "dead"}])
        self.assertIn("lost 4 times", job.error)
        self.assertEqual((len(job.history), bool(job.date_finished)), (4, True))
        job.action_requeue()
        self.assertEqual((job.state, job.rescues), ("pending", 0))

    def test_what_the_broker_loses_again_and_again_is_no_poison_pill(self):
        job, _subject = self.in_flight()
        for _ in range(6):
            subject = {"uuid": job.uuid, "attempt": job.attempt}
            self.assertEqual(
                self.rescue(subject, begun=False), [{"uuid": job.uuid, "state": "pending"}]
            )
            self.claim()
            job.invalidate_recordset()
        self.assertEqual((job.rescues, job.history[0]["error"]), (0, "lost on the way"))
        self.assertEqual(job.max_attempts - job.attempt, 2)

    def test_for_the_service_account_only(self):
        for method in ("fabric_in_flight", "fabric_rescue"):
            with self.assertRaises(AccessError):
                getattr(self.env["celery.job"], method)('{"subjects": []}')

    @mute_logger("odoo.sql_db")
    def test_an_illegal_move_names_both_states(self):
        job = self.enqueue()
        job.action_cancel()
        with (
            self.assertRaisesRegex(errors.CheckViolation, "from cancelled to done"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("UPDATE celery_job SET state = 'done' WHERE id = %s", [job.id])
