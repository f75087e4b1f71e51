from unittest.mock import patch

from psycopg2 import errors

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import celery_job_write_back
from .common import FabricCase


@tagged("post_install", "-at_install")
class TestWriteBack(FabricCase):
    def test_result_and_state(self):
        job, subject = self.in_flight()
        outcome = self.outcome(
            subject, result={"rows": 12}, started_at=1790000000.5, seconds=0.25, worker="w@host"
        )
        self.assertEqual(
            self.write_back(outcome),
            [{"accepted": True, "state": "done", "error": "", "results": []}],
        )
        self.assertEqual((job.state, job.result, job.worker), ("done", {"rows": 12}, "w@host"))
        self.assertEqual(job.seconds_running, 0.25)
        self.assertEqual(fields.Datetime.to_string(job.date_started), "2026-09-21 14:13:20")
        self.assertTrue(job.date_finished)

    def test_dead(self):
        job, subject = self.in_flight()
        outcome = self.outcome(subject, state="dead", error="boom", traceback="Traceback …")
        [verdict] = self.write_back(outcome)
        self.assertEqual((verdict["accepted"], verdict["state"]), (True, "dead"))
        self.assertEqual((job.state, job.error, job.traceback), ("dead", "boom", "Traceback …"))

    def test_retry_by_the_clock_of_the_database(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, state="scheduled", retry_in=60, error="away"))
        self.env.cr.execute(
            """
            SELECT extract(epoch FROM eta - clock_timestamp() AT TIME ZONE 'utc'),
                   state, error, date_finished
            FROM celery_job WHERE id = %s
            """,
            [job.id],
        )
        seconds, state, error, finished = self.env.cr.fetchone()
        self.assertTrue(50 < seconds <= 60, seconds)
        self.assertEqual((state, error, finished), ("scheduled", "away", None))

    def test_a_retry_that_does_not_count(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, state="scheduled", retry_in=-1, counts=False))
        self.assertEqual(job.max_attempts, 4)
        self.claim()
        self.write_back(self.outcome({**subject, "attempt": 2}, state="scheduled", retry_in=60))
        self.assertEqual(job.max_attempts, 4)

    def test_the_history_of_failed_attempts_is_bounded(self):
        job = self.enqueue()
        for attempt in range(1, 24):
            self.claim()
            subject = {"uuid": job.uuid, "attempt": attempt}
            self.write_back(self.outcome(
                subject, state="scheduled", retry_in=-1, error=f"no {attempt}", worker="w@host",
                started_at=1790000000.5, seconds=0.25,
            ))
        self.assertEqual([each["attempt"] for each in job.history], list(range(4, 24)))
        self.assertEqual(job.history[-1], {
            "attempt": 23, "started_at": "2026-09-21 14:13:20", "seconds": 0.25,
            "worker": "w@host", "error": "no 23",
        })
        self.assertIn("23. 2026-09-21 14:13:20 0.25 s w@host: no 23", job.history_text)

    def test_a_retry_leaves_no_effect(self):
        _job, subject = self.in_flight()
        self.write_back(self.outcome(subject, self.comment("x"), state="scheduled", retry_in=60))
        self.assertFalse(self.user.partner_id.comment)

    def comment(self, text, partner=None):
        return {
            "kind": "write",
            "model": "res.partner",
            "ids": [(partner or self.user.partner_id).id],
            "values": {"comment": text},
        }

    def test_doubled(self):
        job, subject = self.in_flight(self.admin)
        first, second = (
            self.outcome(subject, self.comment(text), result=text) for text in ("first", "second")
        )
        self.write_back(first)
        [verdict] = self.write_back(second)
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "done"))
        self.assertEqual(job.result, "first")
        self.assertIn("first", self.user.partner_id.comment)

    def test_doubled_in_one_call(self):
        job, subject = self.in_flight()
        verdicts = self.write_back(self.outcome(subject, result=1), self.outcome(subject, result=2))
        self.assertEqual([verdict["accepted"] for verdict in verdicts], [True, False])
        self.assertEqual(job.result, 1)

    def test_late(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, state="scheduled", retry_in=-1))
        self.claim()
        [verdict] = self.write_back(self.outcome(subject, result="late"))
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "enqueued"))
        self.assertFalse(job.result)
        [verdict] = self.write_back(self.outcome({**subject, "attempt": 2}, result="in time"))
        self.assertTrue(verdict["accepted"])

    def test_not_claimed_yet(self):
        job = self.enqueue()
        [verdict] = self.write_back(self.outcome({"uuid": job.uuid, "attempt": 0}))
        self.assertEqual((verdict["accepted"], job.state), (False, "pending"))

    def test_cancelled(self):
        job, subject = self.in_flight()
        job.action_cancel()
        [verdict] = self.write_back(self.outcome(subject, self.comment("too late")))
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "cancelled"))
        self.assertFalse(self.user.partner_id.comment)

    def test_after_a_requeue_the_old_attempt_stays_refused(self):
        job, subject = self.in_flight()
        job.action_cancel()
        job.action_requeue()
        self.claim()
        [verdict] = self.write_back(self.outcome(subject))
        self.assertFalse(verdict["accepted"])

    def test_an_unknown_job(self):
        [verdict] = self.write_back(self.outcome({"uuid": "gone", "attempt": 1}))
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "cancelled"))

    def test_a_bad_outcome_fails_alone(self):
        partners = self.env["res.partner"].create([{"name": str(n)} for n in range(7)])
        missing = self.env["res.partner"].create({"name": "gone"})
        missing.unlink()
        jobs = [self.enqueue(self.admin) for _ in range(8)]
        self.claim()
        targets = [*partners[:5], missing, *partners[5:]]
        verdicts = self.write_back(*(
            self.outcome({"uuid": job.uuid, "attempt": 1}, self.comment("good", partner))
            for job, partner in zip(jobs, targets, strict=True)
        ))
        states = ["done"] * 5 + ["dead"] + ["done"] * 2
        self.assertEqual([verdict["state"] for verdict in verdicts], states)
        self.assertEqual([job.state for job in jobs], states)
        self.assertTrue(all("good" in partner.comment for partner in partners))
        self.assertIn("does not exist", jobs[5].error)
        self.assertIn("Traceback", jobs[5].traceback)

    def test_the_operations_of_one_outcome_stand_or_fall_together(self):
        job, subject = self.in_flight(self.admin)
        bad = {"kind": "call", "model": "res.partner", "ids": [], "method": "no_such_method"}
        self.write_back(self.outcome(subject, self.comment("half"), bad))
        self.assertEqual(job.state, "dead")
        self.assertIn("no_such_method", job.error)
        self.assertFalse(self.user.partner_id.comment)

    def test_the_rights_are_those_of_the_user(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, self.comment("x", self.admin.partner_id)))
        self.assertEqual(job.state, "dead")
        self.assertIn("not allowed to modify", job.error)

    def test_an_archived_user(self):
        job, subject = self.in_flight()
        self.user.active = False
        self.write_back(self.outcome(subject, self.comment("x")))
        self.assertEqual(job.state, "dead")
        self.assertIn("archived", job.error)

    def test_odoobot_is_archived_by_nature_and_acts(self):
        job, subject = self.in_flight(self.env.ref("base.user_root"))
        self.write_back(self.outcome(subject, self.comment("by a cron")))
        self.assertEqual(job.state, "done")

    @mute_logger("odoo.sql_db")
    def test_a_violated_constraint_is_explained(self):
        job, subject = self.in_flight(self.admin)
        doubled = {"kind": "create", "model": "res.lang", "values": [
            {"name": "Doubled", "code": "en_US", "url_code": "doubled"}
        ]}
        self.write_back(self.outcome(subject, doubled))
        self.assertEqual(job.state, "dead")
        self.assertIn("cannot be completed", job.error)

    def test_a_serialization_failure_fails_the_call(self):
        job, subject = self.in_flight(self.admin)
        with (
            patch.object(
                celery_job_write_back, "apply_operations", side_effect=errors.SerializationFailure
            ),
            self.assertRaises(errors.SerializationFailure),
        ):
            self.write_back(self.outcome(subject, self.comment("x")))
        self.assertEqual(job.state, "enqueued")

    def test_text_that_postgresql_cannot_store(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, result="a\x00b\\u0000", error="\ud800"))
        self.assertEqual((job.state, job.result, job.error), ("done", "a\ufffdb\\u0000", "?"))

    def test_only_the_service_account(self):
        _job, subject = self.in_flight()
        with self.assertRaises(AccessError):
            self.env["celery.job"].fabric_write_back('{"outcomes": []}')
