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
