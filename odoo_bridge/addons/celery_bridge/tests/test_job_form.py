from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestJobForm(FabricCase):
    def dead(self, job, error="boom"):
        self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        self.write_back(self.outcome(subject, state="dead", error=error, worker="w@host"))
        return job

    def test_mark_done(self):
        job = self.dead(self.enqueue())
        job.with_user(self.admin).action_mark_done()
        self.assertEqual((job.state, job.error, job.result), ("done", False, False))
        self.assertIn(f"Marked as done by {self.admin.name}", job.log)
        self.assertEqual(job.history[0]["error"], "boom")

    def test_mark_done_is_for_managers_and_dead_jobs(self):
        job = self.dead(self.enqueue())
        with self.assertRaisesRegex(AccessError, "Manager"):
            job.with_user(self.user).action_mark_done()
        with self.assertRaisesRegex(UserError, "Only dead"):
            self.enqueue().with_user(self.admin).action_mark_done()

    def test_what_waited_for_a_job_goes_on_when_it_is_marked_done(self):
        first = self.enqueue()
        second = self.enqueue(depends_on=first.with_user(self.user))
        third = self.enqueue(depends_on=second.with_user(self.user))
        by_hand = self.enqueue(depends_on=first.with_user(self.user))
        by_hand.action_cancel()
        self.dead(first)
        self.claim()
        self.assertEqual((second + third).mapped("state"), ["cancelled"] * 2)
        first.with_user(self.admin).action_mark_done()
        self.assertEqual([job["uuid"] for job in self.claim()], [second.uuid])
        self.env.invalidate_all()
        self.assertEqual((third.state, by_hand.state), ("waiting", "cancelled"))

    def test_mark_done_leaves_the_followers_of_others_alone(self):
        dead, cancelled = self.dead(self.enqueue()), self.enqueue()
        follower = self.enqueue(depends_on=cancelled.with_user(self.user))
        cancelled.action_cancel()
        self.claim()
        (dead + cancelled).with_user(self.admin).action_mark_done()
        self.assertEqual((cancelled + follower).mapped("state"), ["cancelled"] * 2)

    def test_the_timeline_tells_every_attempt(self):
        job, subject = self.in_flight()
        self.write_back(
            self.outcome(subject, state="scheduled", error="<busy>", retry_in=0, worker="w@host")
        )
        self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        self.write_back(self.outcome(subject, worker="v@host", started_at=1))
        text = str(job.timeline)
        parts = ["Enqueued by", "Attempt 1 ended", "&lt;busy&gt;", "Attempt 2 was claimed", "v@host", "Done"]
        places = [text.find(part) for part in parts]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))

    def test_flower_is_for_managers_and_when_its_address_is_known(self):
        job, _subject = self.in_flight()
        with self.assertRaisesRegex(UserError, "celery_bridge.flower_url"):
            job.with_user(self.admin).action_open_in_flower()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("celery_bridge.flower_url", "javascript:alert(1)")
        self.assertFalse(job.with_user(self.admin).flower_url)
        parameters.set_param("celery_bridge.flower_url", "https://flower.example/watch/")
        self.env.invalidate_all()
        action = job.with_user(self.admin).action_open_in_flower()
        self.assertEqual(action["url"], f"https://flower.example/watch/task/{job.uuid}.1")
        self.assertFalse(job.with_user(self.user).flower_url)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_record_has_a_name_for_who_may_see_it(self):
        partners = self.env["res.partner"].search([], limit=3)
        job = self.enqueue(records=partners)
        self.assertEqual(job.about, f"{partners[0].display_name} and 2 more")
        gone = self.enqueue(records=["res.partner", [3]])
        gone.sudo().res_model = "gone.model"  # as when its addon was uninstalled
        self.assertEqual(gone.about, "gone.model,3")
        deleted = partners[0].copy()
        about_deleted = self.enqueue(records=deleted)
        deleted.unlink()
        self.assertEqual(about_deleted.about, f"res.partner,{deleted.id}")
        rule = self.env["ir.cron"].search([], limit=1)
        hidden = self.enqueue(records=rule)
        self.assertEqual(hidden.with_user(self.user).about, f"ir.cron,{rule.id}")
        self.assertFalse(self.enqueue().about)

    def test_mass_actions(self):
        jobs = self.enqueue() + self.enqueue()
        context = {"active_model": "celery.job", "active_ids": jobs.ids}
        cancel = self.env.ref("celery_bridge.celery_job_action_cancel")
        cancel.with_user(self.user).with_context(**context).run()
        self.assertEqual(jobs.mapped("state"), ["cancelled"] * 2)
        requeue = self.env.ref("celery_bridge.celery_job_action_requeue")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_actions"):
            requeue.with_user(self.user).with_context(**context).run()
        requeue.with_user(self.admin).with_context(**context).run()
        self.assertEqual(jobs.mapped("state"), ["pending"] * 2)
