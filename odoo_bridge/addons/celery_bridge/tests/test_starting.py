"""Who may start which task, as whom it then acts, and what of it is forged."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..graph import job as step
from .common import FabricCase


@tagged("post_install", "-at_install")
class TestStarting(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["celery.task"].search([("name", "=", "demo.task")])
        cls.portal = new_test_user(cls.env, login="celery_portal", groups="base.group_portal")
        cls.manager = new_test_user(
            cls.env, login="celery_boss", groups="base.group_user,celery_bridge.group_manager"
        )
        cls.clerks = cls.env["res.groups"].create({"name": "Clerks"})

    def test_every_employee_may_start_what_is_not_limited(self):
        self.assertTrue(self.enqueue(self.user))

    def test_portal_and_public_users_may_not(self):
        for user in (self.portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.enqueue(user)

    def test_who_may_not_start_tasks_is_not_told_which_there_are(self):
        with self.assertRaises(AccessError) as caught:
            self.env["celery.job"].with_user(self.portal).enqueue("demo.tusk")
        self.assertNotIn("demo.task", str(caught.exception))

    def test_a_task_for_some_groups(self):
        self.task.with_user(self.manager).group_ids = self.clerks
        with self.assertRaisesRegex(AccessError, "demo.task may be started by these groups only: Clerks"):
            self.enqueue(self.user)
        self.clerks.user_ids |= self.user
        self.assertTrue(self.enqueue(self.user))

    def test_it_holds_in_graphs_in_batches_and_for_schedules(self):
        self.task.group_ids = self.clerks
        env = self.env(user=self.user)
        for start in (
            lambda: step("demo.task").enqueue(env),
            lambda: env["celery.job"].enqueue_many("demo.task", [{}, {}]),
            lambda: self.env["celery.schedule"].create(
                {"name": "S", "task_id": self.task.id, "user_id": self.user.id}
            )._enqueue(),
        ):
            with self.assertRaises(AccessError):
                start()
        self.assertFalse(self.env["celery.job"].search([]))

    def test_portal_users_where_their_group_stands(self):
        self.task.group_ids = self.env.ref("base.group_portal")
        self.assertEqual(self.enqueue(self.portal).user_id, self.portal)
        with self.assertRaises(AccessError):
            self.enqueue(self.user)

    def test_code_that_runs_as_superuser_may_start_all(self):
        self.task.group_ids = self.clerks
        job = self.env["celery.job"].with_user(self.user).sudo().enqueue("demo.task")
        self.assertEqual(job.user_id, self.user)

    def test_workers_that_register_again_change_nothing_of_it(self):
        self.task.group_ids = self.clerks
        self.fabric("register_tasks", tasks=[{"name": "demo.task", "queue": "other"}])
        self.assertEqual((self.task.group_ids, self.task.queue), (self.clerks, "other"))

    def test_a_group_that_guards_a_task_stays(self):
        self.task.group_ids = self.clerks
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.clerks.unlink()
        self.assertIn("celery_task", str(caught.exception))

    def test_managers_change_who_may_start_it_and_nothing_else(self):
        task = self.task.with_user(self.manager)
        for values in ({"queue": "fast"}, {"schema": {}}, {"group_ids": [], "name": "demo.other"}):
            with self.assertRaisesRegex(AccessError, "Workers say what a task is"):
                task.write(values)
        with self.assertRaises(AccessError):
            task.copy()
        with self.assertRaises(AccessError):
            self.task.with_user(self.user).group_ids = self.clerks

    def test_as_whom_a_job_acts_cannot_be_said(self):
        jobs = self.env["celery.job"].with_user(self.user)
        for option in ("user_id", "uid", "company_id", "context", "state", "uuid", "_celery_user_id"):
            with self.assertRaisesRegex(TypeError, f"has no option '{option}'"):
                jobs.enqueue("demo.task", {}, **{option: self.admin.id})
        with self.assertRaisesRegex(ValidationError, "_celery_user_id"):
            jobs.enqueue("demo.task", {"_celery_user_id": self.admin.id})
        forged = jobs.with_context(
            uid=self.admin.id, su=True, user_id=self.admin.id, default_user_id=self.admin.id
        ).enqueue("demo.task")
        self.assertEqual(forged.sudo().user_id, self.user)
        self.assertLessEqual(set(forged.sudo().context), {"lang", "tz", "allowed_company_ids"})

    def test_in_a_company_that_is_not_the_users(self):
        other = self.env["res.company"].create({"name": "Other"})
        jobs = self.env["celery.job"].with_user(self.user)
        with self.assertRaises(AccessError):
            jobs.with_context(allowed_company_ids=[other.id]).enqueue("demo.task")

    def test_records_that_are_none(self):
        jobs = self.env["celery.job"].with_user(self.user)
        for records in (["no.such", [1]], ["res.partner", "12"], ["res.partner", ["1; DROP"]], "x", 7):
            with self.assertRaisesRegex(ValidationError, "records must be records, or a model and ids"):
                jobs.enqueue("demo.task", records=records)

    def test_a_key_that_no_index_can_hold(self):
        with self.assertRaisesRegex(ValidationError, "identity_key has 3000 characters, more than 500"):
            self.enqueue(identity_key="k" * 3000)
