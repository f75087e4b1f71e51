"""Reports that fail: who waits for them is told why, in words, and once."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..fabric.reasons import in_words
from .reports import FILE, ReportCase

CRON = "celery_bridge.cron_report_failures"


@tagged("post_install", "-at_install")
class TestReportFailure(ReportCase):
    def died(self, job, error="InvalidParams: There is no month 13.", state="dead"):
        if job.state == "pending":
            self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        self.write_back({"subject": subject, "state": state, "error": error})
        self.env.invalidate_all()
        return job

    def told(self):
        before = self.mails()
        self.env["celery.report.ask"]._tell_failures()
        return self.mails() - before

    def schedule(self, **values):
        return self.env["celery.schedule"].create({
            "name": "Sales, every month",
            "task_id": self.sales.id,
            "user_id": self.asker.id,
            "partner_ids": self.boss.ids,
            **values,
        })

    def test_who_was_to_get_it_is_told_why_with_a_link(self):
        job = self.died(self.ask(partner_ids=self.boss.ids))
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref(CRON).id)])
        self.assertTrue(triggers, "at once, not in an hour")
        mail = self.told()
        self.assertEqual(mail.recipient_ids, self.boss, "the asker has a notification")
        self.assertEqual(mail.author_id, self.asker.partner_id)
        self.assertIn("There is no month 13.", mail.body_html)
        self.assertNotIn("InvalidParams", mail.body_html)
        self.assertIn(f"/odoo/celery.job/{job.id}", mail.body_html)
        self.assertIn("There is no month 13.", self.shown(job)["error"])

    def shown(self, job):
        ended = self.env["celery.job"].with_user(self.asker).my_jobs(since="2020-01-01 00:00:00")["ended"]
        return next(each for each in ended if each["id"] == job.id)

    def test_the_user_of_a_schedule_is_told_too_for_nobody_looks_on(self):
        schedule = self.schedule()
        job = self.env["celery.job"].browse(schedule._enqueue())
        self.assertFalse(job.notify)
        mail = self.died(job) and self.told()
        self.assertEqual(mail.recipient_ids, self.boss | self.asker.partner_id)
        self.assertEqual(self.shown(job)["state"], "dead", "and by a notification")

    def test_a_schedule_that_could_not_even_begin(self):
        schedule = self.schedule(next_at="2020-01-01 06:00:00")
        left = self.env["res.company"].create({"name": "Left"})
        schedule.company_ids = left
        before = self.mails()
        self.assertFalse(schedule._run("2020-01-01 06:00:00", "2030-01-01 06:00:00", False))
        mail = self.mails() - before
        self.assertEqual(mail.recipient_ids, self.boss | self.asker.partner_id)
        self.assertIn("may not see Left", mail.body_html)
        self.assertIn(f"/odoo/celery.schedule/{schedule.id}", mail.body_html)

    def test_each_failure_is_told_once(self):
        job = self.died(self.ask(partner_ids=self.boss.ids))
        self.assertTrue(self.told())
        self.assertFalse(self.told())
        job.action_requeue()
        self.died(job)
        self.assertTrue(self.told(), "it failed again")
        job.action_requeue()
        self.done(job, FILE)
        self.assertFalse(self.told())

    def test_what_is_tried_again_or_was_cancelled_is_no_failure(self):
        again = self.died(self.ask(partner_ids=self.boss.ids), "OdooUnavailable: down", "scheduled")
        self.assertEqual(again.state, "scheduled")
        self.ask(params={"date_to": "2026-01-01"}, partner_ids=self.boss.ids).action_cancel()
        self.assertFalse(self.told())

    def test_a_job_that_lost_its_worker_is_told_of_by_the_hour(self):
        job = self.ask(partner_ids=self.boss.ids)
        for _ in range(4):
            self.claim()
            self.fabric("rescue", subjects=[{"uuid": job.uuid, "attempt": job.attempt}], begun=True)
            self.env.invalidate_all()
        self.assertEqual(job.state, "dead")
        self.assertIn("The worker was lost", self.told().body_html)

    def test_one_that_cannot_be_told_of_keeps_no_other_back(self):
        first = self.died(self.ask(partner_ids=self.boss.ids))
        second = self.died(self.ask(self.user, partner_ids=self.boss.ids))
        mail_failure = type(first.ask_ids)._mail_failure

        def broken(asks, name, record, reason, partners):
            if record == first:
                raise ZeroDivisionError
            return mail_failure(asks, name, record, reason, partners)

        self.patch(type(first.ask_ids), "_mail_failure", broken)
        with mute_logger("odoo.addons.celery_bridge.models.celery_report_failure"):
            mail = self.told()
        self.assertIn(f"/odoo/celery.job/{second.id}", mail.body_html)

    def test_the_reason_in_words(self):
        for error, told in (
            ("InvalidParams: date_from: no day", "date_from: no day"),
            ("ConfigurationError: install fonts", "install fonts"),
            ("TimeLimitExceeded: it took longer than 60 s", "it took longer than 60 s"),
            ("OdooUnavailable: HTTP 503 at http://odoo", "Odoo did not answer in time"),
            ("KeyError: 'x'", "An error in the program"),
            ("Note: this move is posted.", "Note: this move is posted."),
            ("The worker was lost 4 times while it ran this job.", "The worker was lost 4 times"),
            ("", "Nobody knows why."),
            (False, "Nobody knows why."),
        ):
            self.assertTrue(in_words(self.env, error).startswith(told), (error, in_words(self.env, error)))
