"""What changed since a job was enqueued, and what was forged: said in words, and nothing is lost."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestBadInput(FabricCase):
    def apply(self, *operations):
        """The job after its outcome."""
        job, subject = self.in_flight(self.admin)
        [verdict] = self.write_back(self.outcome(subject, *operations))
        self.assertTrue(verdict["accepted"])
        self.assertEqual(job.error or "", verdict["error"])
        return job

    def test_a_record_deleted_meanwhile(self):
        partner = self.env["res.partner"].create({"name": "Gone"})
        ids = partner.ids
        other = {"kind": "create", "model": "res.partner", "values": [{"name": "Beside it"}]}
        gone = [
            {"kind": "write", "model": "res.partner", "ids": ids, "values": {"ref": "x"}},
            {"kind": "call", "model": "res.partner", "ids": ids, "method": "action_archive"},
            {"kind": "unlink", "model": "res.partner", "ids": ids},
        ]
        partner.unlink()
        for operation in gone:
            job = self.apply(other, operation)
            self.assertEqual(job.state, "dead", operation)
            self.assertRegex(job.error, "(?i)deleted", operation)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Beside it")]))

    def test_a_user_archived_meanwhile(self):
        create = {"kind": "create", "model": "res.partner", "values": [{"name": "Too late"}]}
        job, subject = self.in_flight(self.user)
        self.user.active = False
        [verdict] = self.write_back(self.outcome(subject, create))
        self.assertEqual((verdict["accepted"], job.state), (True, "dead"))
        self.assertEqual(job.error, f"The user {self.user.name} of this job is archived or deleted.")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Too late")]))
        self.user.active = True
        job.action_requeue()
        self.assertEqual(job.state, "pending")

    def test_a_method_renamed(self):
        call = {"kind": "call", "model": "res.partner", "ids": [], "method": "action_of_an_old_release"}
        job = self.apply(call)
        self.assertEqual(job.state, "dead")
        self.assertIn("action_of_an_old_release", job.error)
        with patch.object(type(self.env["res.partner"]), call["method"], lambda self: True, create=True):
            self.assertEqual(self.apply(call).state, "done")

    def test_arguments_that_a_method_does_not_take(self):
        call = {"kind": "call", "model": "res.partner", "ids": [], "method": "action_archive"}
        job = self.apply({**call, "args": [1, 2, 3]})
        self.assertEqual(job.state, "dead")
        self.assertIn("action_archive", job.error)

    @mute_logger("odoo.addons.celery_bridge.models.celery_job_write_back")
    def test_operations_that_are_none(self):
        for operation in ({}, {"kind": "create"}, {"kind": "write", "model": "res.partner"}, "drop", 7,
                          {"kind": "create", "model": "res.partner", "values": "x"}):
            job = self.apply(operation)
            self.assertEqual(job.state, "dead", operation)
            self.assertTrue(job.error, operation)

    def test_forged_write_backs(self):
        create = {"kind": "create", "model": "res.partner", "values": [{"name": "Mallory"}]}
        job, subject = self.in_flight(self.admin)
        for forged in (
            {**subject, "attempt": 0},
            {**subject, "attempt": 2},
            {**subject, "attempt": "1"},
            {**subject, "attempt": True},
            {**subject, "attempt": None},
            {"uuid": subject["uuid"]},
            {"attempt": 1},
            {"uuid": "00000000-0000-0000-0000-000000000000", "attempt": 1},
            {"uuid": subject["uuid"].upper() + "'", "attempt": 1},
        ):
            [verdict] = self.write_back(self.outcome(forged, create))
            self.assertFalse(verdict["accepted"], forged)
            self.assertTrue(verdict["error"], forged)
        for user in (self.user, self.admin):
            jobs = self.env["celery.job"].with_user(user)
            with self.assertRaisesRegex(AccessError, "Only the service account"):
                jobs.fabric_write_back('{"outcomes": []}')
        self.assertEqual((job.state, job.attempt), ("enqueued", 1))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Mallory")]))

    def test_states_that_no_outcome_has(self):
        job, subject = self.in_flight()
        for state in ("pending", "started", "cancelled", "enqueued", "parked", "gone", "", None):
            [verdict] = self.write_back(self.outcome(subject, state=state))
            self.assertFalse(verdict["accepted"], state)
            self.assertIn("is not a state that an attempt ends in", verdict["error"])
        self.assertEqual(job.state, "enqueued")

    def test_before_and_after_its_time_a_job_reads_nothing(self):
        job = self.enqueue(self.admin)
        call = {"model": "res.partner", "method": "search", "args": [[]]}
        never = {"in_flight": False}
        for attempt in (0, 1):
            subject = {"uuid": job.uuid, "attempt": attempt}
            self.assertEqual(self.fabric("read_as", subject=subject, **call), never)
        self.claim()
        subject = {"uuid": job.uuid, "attempt": 1}
        self.assertIn("result", self.fabric("read_as", subject=subject, **call))
        self.write_back(self.outcome(subject))
        for method, request in (
            ("read_as", call),
            ("read_page", {"model": "res.partner", "domain": [], "fields": [], "after": 0, "limit": 1}),
            ("load", {"model": "res.partner", "number": 0, "digest": "d", "lanes": [], "rows": []}),
            ("loaded", {"model": "res.partner"}),
            ("upload", {"upload": "u", "number": 0, "data": ""}),
            ("download", {"attachment": 1, "offset": 0, "length": 1}),
        ):
            self.assertEqual(self.fabric(method, subject=subject, **request), never, method)
