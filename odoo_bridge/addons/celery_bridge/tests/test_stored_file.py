"""Files in the storage of the fabric, as far as it needs neither the storage nor the gateway."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .reports import FILE, ReportCase

KEY = "ab/" + "ab" * 16
STORED = {"kind": "attach", "name": "large.csv", "mimetype": "text/csv", "stored": KEY, "size": 3_000_000_000}
SCHEMA = {"type": "object", "properties": {"keys": {"type": "array"}}, "additionalProperties": False}


@tagged("post_install", "-at_install")
class TestStoredFile(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fabric("register_tasks", tasks=[{"name": "files.remove", "queue": "default", "schema": SCHEMA}])

    def stored(self, **options):
        job = self.ask(**options)
        self.assertEqual(self.done(job, STORED)["state"], "done")
        return job

    def removals(self):
        return self.env["celery.job"].search([("task", "=", "files.remove")])

    def test_its_attachment_leads_to_it(self):
        job = self.stored(partner_ids=self.boss.ids)
        file = job.attachment_ids
        self.assertEqual((file.type, file.url), ("url", f"/celery_bridge/file/{file.id}"))
        self.assertEqual(file.file_size, 2**31 - 1, "Odoo's own field holds no more")
        self.assertEqual(file._celery_files().key, KEY)
        self.assertIn(f"/celery_bridge/file/{file.id}?access_token=", self.mails().body_html)
        self.assertFalse(self.mails().attachment_ids)

    def test_it_is_removed_when_its_time_has_come(self):
        job = self.stored()
        job.ask_ids.expires_at = "2020-01-01 00:00:00"
        self.env["celery.report.ask"]._remove_expired()
        self.assertEqual(self.removals().params, {"keys": [KEY]})

    def test_other_files_leave_nothing_behind(self):
        job = self.ask()
        self.done(job, FILE)
        job.attachment_ids.unlink()
        self.assertFalse(self.removals())

    def storing(self, job, key=KEY):
        """An attempt is about to store a file; what it is known by."""
        if job.state == "pending":
            self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        self.fabric("storing", subject=subject, key=key)
        return subject

    def removed(self):
        return [key for job in self.removals() for key in job.params["keys"]]

    def test_what_an_attachment_has_taken_stays(self):
        job = self.ask()
        self.storing(job)
        self.done(job, STORED)
        self.a_day_later()
        self.assertEqual(job.attachment_ids._celery_files().key, KEY)
        self.assertFalse(self.removals())

    def test_what_a_failed_attempt_stored_is_removed_at_once(self):
        for state in ("dead", "scheduled"):
            subject = self.storing(self.ask(params={"states": [state]}), key := state)
            self.write_back({**self.outcome(subject), "state": state, "error": "x"})
            self.assertIn(key, self.removed())

    def test_what_an_outcome_that_odoo_refused_had_stored_is_removed_at_once(self):
        job = self.ask()
        self.storing(job)
        bad = {"kind": "write", "model": "res.partner", "ids": [2_000_000_000], "values": {"name": "x"}}
        with mute_logger("odoo.addons.celery_bridge.models.celery_job_write_back"):
            self.assertEqual(self.done(job, STORED, bad)["state"], "dead")
        self.assertEqual(self.removed(), [KEY])

    def test_what_a_job_stored_that_was_cancelled_before_its_write_back_is_removed(self):
        job = self.ask()
        subject = self.storing(job)
        job.action_cancel()
        [verdict] = self.write_back(self.outcome(subject, STORED))
        self.assertFalse(verdict["accepted"])
        self.assertEqual(self.removed(), [KEY])

    def a_day_later(self):
        self.env.cr.execute("UPDATE celery_storing SET noted_at = noted_at - interval '25 hours'")
        self.env["celery.job"]._collect_stored()

    def test_what_lost_and_cancelled_attempts_stored_is_removed_after_a_day(self):
        lost, cancelled, running = (self.ask(params={"states": [n]}) for n in ("l", "c", "r"))
        for job in (lost, cancelled, running):
            self.storing(job, job.params["states"][0])
        self.fabric("rescue", subjects=[{"uuid": lost.uuid, "attempt": lost.attempt}], begun=True)
        cancelled.action_cancel()
        self.env["celery.job"]._collect_stored()
        self.assertFalse(self.removals(), "a lost attempt may still be writing")
        self.env.invalidate_all()
        self.storing(lost, "again")
        self.a_day_later()
        self.assertCountEqual(self.removed(), ["l", "c"])

    def test_a_late_attempt_stores_nothing(self):
        job = self.ask()
        subject = self.storing(job)
        job.action_cancel()
        self.assertEqual(self.fabric("storing", subject=subject, key="late"), {"in_flight": False})

    def test_many_are_removed_by_several_jobs(self):
        self.env["ir.attachment"]._celery_remove([f"{n:035}" for n in range(2500)])
        self.assertEqual([len(job.params["keys"]) for job in self.removals()], [500, 1000, 1000])

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_reaches_anothers_file_by_its_key(self):
        file = self.stored().attachment_ids.with_user(self.asker)
        self.assertTrue(file.url)
        files = self.env["celery.stored.file"]
        own = self.env["ir.attachment"].with_user(self.asker).create(
            {"name": "x", "type": "url", "url": file.url}
        )
        self.assertFalse(own._celery_files())
        for user in (self.asker, self.admin):
            with self.assertRaises(AccessError):
                files.with_user(user).create({"key": KEY, "attachment_id": own.id})
        with self.assertRaises(AccessError):
            files.with_user(self.asker).search([])
        with self.assertRaisesRegex(AccessError, "removed with their attachments"):
            self.env["celery.job"].with_user(self.asker).enqueue("files.remove", {"keys": [KEY]})

    def test_a_copy_is_no_second_file(self):
        file = self.stored().attachment_ids
        copy = file.copy()
        self.assertFalse(copy._celery_files())
        copy.unlink()
        self.assertFalse(self.removals())
