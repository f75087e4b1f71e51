import json

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestSchedule(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["celery.task"].search([("name", "=", "demo.task")])
        cls.schedule = cls.env["celery.schedule"].create({
            "name": "Every hour",
            "task_id": cls.task.id,
            "cron": "0 * * * *",
            "tz": "UTC",
            "params_text": '{"text": "x"}',
            "user_id": cls.user.id,
        })

    def due(self):
        return {row["id"]: row for row in self.fabric("due_schedules")["schedules"]}

    def run_schedule(self, next_at, then="2026-11-22 08:00:00", error=""):
        return self.fabric(
            "run_schedule", id=self.schedule.id, next_at=next_at, then=then, error=error
        )["job"]

    def planned(self, at="2020-11-22 07:00:00"):
        self.schedule.write({"next_at": at})
        return at

    def test_a_new_one_is_planned_before_it_runs(self):
        self.assertEqual(self.due()[self.schedule.id]["next_at"], "")
        self.assertEqual(self.run_schedule(""), 0)
        self.assertEqual(fields.Datetime.to_string(self.schedule.next_at), "2026-11-22 08:00:00")

    def test_its_next_runs_are_shown_in_the_users_time(self):
        self.fabric(
            "run_schedule", id=self.schedule.id, next_at="", then="2026-11-22 08:00:00", error="",
            upcoming=["2026-11-22 09:00:00", "2026-11-22 10:00:00"],
        )
        shown = self.schedule.with_context(tz="Asia/Tokyo", lang="en_US").upcoming_text
        self.assertRegex(shown, "6:00.*\n.*7:00")
        self.schedule.tz = "Asia/Tokyo"
        self.assertFalse(self.schedule.upcoming_text)

    def test_a_worker_that_tells_no_later_runs(self):
        self.run_schedule("")
        self.assertFalse(self.schedule.upcoming_text)

    def test_it_acts_as_its_user(self):
        job = self.env["celery.job"].browse(self.run_schedule(self.planned()))
        self.assertEqual((job.user_id, job.params), (self.user, {"text": "x"}))
        self.assertEqual((job.display_name, self.schedule.last_job_id), ("Every hour", job))

    def test_two_workers_enqueue_one_job(self):
        at = self.planned()
        self.assertTrue(self.run_schedule(at))
        self.assertFalse(self.run_schedule(at))

    def test_not_due_before_its_time(self):
        self.planned("2126-01-01 00:00:00")
        self.assertNotIn(self.schedule.id, self.due())

    def test_the_service_account_runs_nothing_before_its_time(self):
        self.assertFalse(self.run_schedule(self.planned("2126-01-01 00:00:00")))
        at = self.planned()
        self.schedule.active = False
        self.assertFalse(self.run_schedule(at))
        self.assertFalse(self.env["celery.job"].search([]))

    def test_an_edited_one_is_planned_again(self):
        self.planned()
        self.schedule.cron = "30 * * * *"
        self.assertFalse(self.schedule.next_at)

    def test_archived_it_is_never_due(self):
        self.schedule.active = False
        self.assertNotIn(self.schedule.id, self.due())

    def test_what_odoo_refuses_is_said_on_the_schedule(self):
        at = self.planned()
        self.user.active = False
        self.assertFalse(self.run_schedule(at))
        self.assertIn("archived", self.schedule.error)

    def test_wrong_params_are_refused_at_once(self):
        for params in ("{", '{"text": 1}', '{"txet": "x"}'):
            with self.assertRaises(ValidationError):
                self.schedule.params_text = params

    def test_wrong_times_are_refused_at_once(self):
        with self.assertRaises(ValidationError):
            self.schedule.cron = "every day"
        with self.assertRaises(ValidationError):
            self.schedule.window_from = 25

    def test_a_manager_may_not_borrow_another_users_rights(self):
        manager = new_test_user(self.env, "celery_boss", "celery_bridge.group_manager")
        schedules = self.env["celery.schedule"].with_user(manager)
        values = {"name": "x", "task_id": self.task.id, "tz": "UTC"}
        self.assertEqual(schedules.create(values).user_id, manager)
        with self.assertRaises(AccessError):
            schedules.create({**values, "user_id": self.admin.id})

    def test_a_manager_may_not_change_what_runs_as_another(self):
        manager = new_test_user(self.env, "celery_boss", "celery_bridge.group_manager")
        for values in ({"params_text": "{}"}, {"task_id": self.task.id}, {"cron": "* * * * *"}):
            with self.assertRaises(AccessError):
                self.schedule.with_user(manager).write(values)
        with self.assertRaises(AccessError):
            self.schedule.with_user(manager).action_run_now()

    def test_only_the_service_account_runs_them(self):
        with self.assertRaises(AccessError):
            self.env["celery.job"].with_user(self.admin).fabric_run_schedule(json.dumps({}))
