from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestActions(FabricCase):
    def test_users_cancel_their_own_jobs(self):
        job = self.enqueue()
        job.with_user(self.user).action_cancel()
        self.assertEqual(job.state, "cancelled")
        self.assertTrue(job.date_finished)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_users_do_not_touch_the_jobs_of_others(self):
        job = self.enqueue(self.env.user).with_user(self.user)
        for action in (job.action_cancel, job.action_requeue, job.action_open_records):
            with self.assertRaises(AccessError):
                action()

    def test_what_has_ended_is_not_cancelled(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject))
        with self.assertRaisesRegex(UserError, "already ended"):
            job.action_cancel()
        self.assertEqual(job.state, "done")

    def test_requeue(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, state="dead", error="boom", traceback="…"))
        job.action_requeue()
        self.assertEqual((job.state, job.error, job.traceback), ("pending", False, False))
        self.assertEqual((job.attempt, job.max_attempts), (1, 4))
        [envelope] = self.claim()
        self.assertEqual((envelope["attempt"], envelope["max_attempts"]), (2, 4))

    def test_requeue_is_for_managers(self):
        job = self.enqueue()
        job.action_cancel()
        with self.assertRaisesRegex(AccessError, "Manager"):
            job.with_user(self.user).action_requeue()
        manager = new_test_user(
            self.env, login="celery_manager", groups="base.group_user,celery_bridge.group_manager"
        )
        job.with_user(manager).action_requeue()
        self.assertEqual(job.state, "pending")

    def test_only_dead_and_cancelled_jobs_are_requeued(self):
        with self.assertRaises(UserError):
            self.enqueue().action_requeue()

    def test_requeue_takes_along_what_was_cancelled_with_it(self):
        first = self.enqueue()
        second = self.enqueue(depends_on=first.with_user(self.user))
        mine = self.enqueue(depends_on=first.with_user(self.user))
        mine.action_cancel()
        first.action_cancel()
        self.claim()
        self.assertEqual(second.state, "cancelled")
        first.action_requeue()
        self.assertEqual(
            (first + second + mine).mapped("state"), ["pending", "waiting", "cancelled"]
        )

    def test_who_has_jobs_is_not_deleted(self):
        self.enqueue()
        with self.assertRaisesRegex(UserError, "Archive"):
            self.user.unlink()
        company = self.env["res.company"].create({"name": "Brief"})
        self.user.write({"company_ids": [Command.link(company.id)]})
        jobs = self.env["celery.job"].with_user(self.user).with_company(company)
        jobs.enqueue("demo.task", {})
        with self.assertRaisesRegex(UserError, "Archive"):
            company.unlink()

    def test_open_records(self):
        partners = self.env["res.partner"].search([], limit=2)
        action = self.enqueue(records=partners).action_open_records()
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["domain"], [("id", "in", partners.ids)])
        action = self.enqueue(records=partners[0]).action_open_records()
        self.assertEqual((action["view_mode"], action["res_id"]), ("form", partners[0].id))
        with self.assertRaises(UserError):
            self.enqueue().action_open_records()
