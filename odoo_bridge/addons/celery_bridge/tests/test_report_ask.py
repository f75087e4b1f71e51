"""Asking for a report: joined when it is the same, delivered once, and its file removed in time."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .reports import FILE, ReportCase


@tagged("post_install", "-at_install")
class TestReportAsk(ReportCase):
    def test_the_same_report_is_made_once(self):
        job = self.ask(partner_ids=self.boss.ids)
        self.assertEqual(self.ask(), job)
        self.claim()
        self.assertEqual(self.ask(partner_ids=self.admin.partner_id.ids), job, "while it runs, too")
        self.assertEqual(len(job.ask_ids), 3)
        self.assertNotEqual(self.ask(params={"date_to": "2026-01-01"}), job)

    def test_each_who_joined_is_told_and_mailed_to_once(self):
        quiet = self.ask(partner_ids=self.boss.ids, notify=False)
        self.assertFalse(quiet.notify)
        job = self.ask(partner_ids=(self.boss | self.admin.partner_id).ids)
        self.assertTrue(job.notify)
        self.done(job, FILE)
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.boss | self.admin.partner_id)

    def test_another_user_gets_a_report_of_their_own(self):
        job = self.ask()
        self.assertNotEqual(self.ask(self.user), job)
        self.assertNotEqual(self.ask(self.admin), job)

    def test_another_language_time_zone_or_company_is_another_report(self):
        job = self.ask()
        company = self.env["res.company"].create({"name": "Second"})
        self.asker.company_ids |= company
        self.env["res.lang"]._activate_lang("fr_FR")
        jobs = self.env["celery.job"].with_user(self.asker)
        for context in (
            {"lang": "fr_FR"},
            {"tz": "UTC"},
            {"allowed_company_ids": [company.id]},
            {"allowed_company_ids": [self.asker.company_id.id, company.id]},
        ):
            found = jobs.with_context(**context).ask_for_report("reports.sales", {})
            self.assertNotEqual(found.id, job.id, context)

    def test_what_has_ended_is_made_anew(self):
        for ended in (lambda job: self.done(job, FILE), lambda job: job.action_cancel()):
            job = self.ask()
            ended(job)
            self.assertNotEqual(self.ask(), job)

    def test_a_mail_is_made_with_the_result_or_not_at_all(self):
        job = self.ask(partner_ids=self.boss.ids)
        bad = {"kind": "write", "model": "res.partner", "ids": [2_000_000_000], "values": {"name": "x"}}
        with mute_logger("odoo.addons.celery_bridge.models.celery_job_write_back"):
            self.assertEqual(self.done(job, FILE, bad)["state"], "dead")
        self.assertFalse(self.mails())
        job.action_requeue()
        self.assertEqual(self.done(job, FILE)["state"], "done")
        self.assertFalse(self.done(job, FILE)["accepted"])
        self.assertEqual(len(self.mails()), 1)

    def test_a_small_file_is_in_the_mail_and_a_large_one_behind_a_link(self):
        self.done(self.ask(partner_ids=self.boss.ids), FILE)
        mail = self.mails()
        self.assertEqual(mail.attachment_ids.name, "sales.csv")
        self.assertNotIn("access_token", mail.body_html)
        mail.unlink()
        self.env["ir.config_parameter"].set_param("celery_bridge.report_mail_limit", "2")
        job = self.ask(partner_ids=self.boss.ids)
        self.done(job, FILE)
        mail = self.mails()
        self.assertFalse(mail.attachment_ids)
        self.assertIn(job.attachment_ids.access_token, mail.body_html)
        self.assertEqual(mail.author_id, self.asker.partner_id)

    def test_nobody_is_mailed_without_a_file(self):
        self.done(self.ask(partner_ids=self.boss.ids))
        self.assertFalse(self.mails())

    def test_somebody_without_an_address_is_named(self):
        with self.assertRaisesRegex(ValidationError, "No e-mail address is known of Nobody"):
            self.ask(partner_ids=self.nobody.ids)

    def test_a_file_goes_when_the_last_who_asked_for_it_said(self):
        jobs = self.env["celery.report.ask"]
        job = self.ask(keep_days=2)
        self.ask(keep_days=5)
        self.done(job, FILE)
        days = (job.files_until - fields.Datetime.now()) / timedelta(days=1)
        self.assertAlmostEqual(days, 5, delta=0.01)
        for ask in job.ask_ids:
            ask.expires_at -= timedelta(days=3)
        jobs._remove_expired()
        self.assertTrue(job.attachment_ids, "one of two still wants it")
        job.ask_ids.expires_at = fields.Datetime.now()
        jobs._remove_expired()
        self.env.invalidate_all()
        self.assertFalse(job.attachment_ids)
        self.assertIn("Its files were removed", job.log)
        self.assertFalse(job.files_until)

    def test_files_that_nobody_asked_to_be_removed_stay(self):
        job = self.env["celery.job"].with_user(self.asker).enqueue("reports.sales").sudo()
        self.done(job, FILE)
        self.env["celery.report.ask"]._remove_expired()
        self.assertTrue(job.attachment_ids)

    def test_how_long_is_a_setting(self):
        self.assertEqual(self.ask().ask_ids.keep_days, 30)
        self.env["res.config.settings"].create({"celery_report_keep_days": 7}).execute()
        self.assertEqual(self.ask(self.user).ask_ids.keep_days, 7)
        for days in (0, -1, 100_000):
            with self.assertRaisesRegex(ValidationError, "1 to 3650 days"):
                self.ask(keep_days=days)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_else_reads_the_file_or_who_gets_it(self):
        job = self.ask(partner_ids=self.boss.ids)
        self.done(job, FILE)
        other = new_test_user(self.env, login="curious", groups="base.group_user")
        self.assertEqual(job.attachment_ids.with_user(self.asker).raw, b"a,b")
        for record, field in ((job.attachment_ids, "raw"), (job.ask_ids, "partner_ids"), (job, "params")):
            with self.assertRaises(AccessError):
                record.with_user(other).read([field])
        with self.assertRaises(AccessError):
            self.env["celery.report.ask"].with_user(self.asker).create(
                {"job_id": job.id, "user_id": self.asker.id}
            )

    def test_an_option_that_would_break_the_rule(self):
        for option in ("identity_key", "queue", "user_id"):
            with self.assertRaisesRegex(TypeError, f"no option '{option}'"):
                self.ask(**{option: "x"})
