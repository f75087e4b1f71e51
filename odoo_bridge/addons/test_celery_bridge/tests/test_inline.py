from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.celery_bridge.graph import call, chain

from .common import ThingCase


@tagged("post_install", "-at_install")
class TestInline(ThingCase):
    def setUp(self):
        super().setUp()
        self.inline = self.things.with_context(celery_inline=True)

    def test_the_job_is_done_when_the_call_returns(self):
        job = self.inline.with_celery().add(2)
        self.assertEqual((job.state, job.attempt, job.worker), ("done", 1, "inline"))
        self.assertEqual(
            job.result, {"model": "test.celery.thing", "method": "add", "records": 2}
        )
        self.assertTrue(job.date_finished)
        self.assertEqual(self.things.mapped("count"), [2, 2])

    def test_with_the_rights_of_a_real_job(self):
        self.inline.sudo().with_celery().look()
        self.assertEqual((self.things[0].seen["user"], self.things[0].seen["su"]), (self.user.id, False))

    def test_an_error_is_raised_and_leaves_nothing_behind(self):
        with self.assertRaisesRegex(UserError, "does not want to"), self.env.cr.savepoint():
            self.inline.with_celery().refuse()
        self.assertFalse(self.env["celery.job"].search([]))

    def test_a_caught_error_leaves_the_job_as_it_was(self):
        job = self.things.with_celery().refuse().sudo()
        with self.assertRaises(UserError):
            job._run_here(lambda env, _job, _params: env["test.celery.thing"].refuse())
        self.assertEqual((job.state, job.attempt), ("pending", 0))

    def test_neither_its_time_nor_its_key_matters(self):
        job = self.inline.with_celery(eta="2999-01-01 00:00:00", concurrency_key="k").add(1)
        self.assertEqual(job.state, "done")

    def test_jobs_of_jobs_are_inline_too(self):
        self.inline.with_celery().pass_on()
        self.assertEqual(self.things.mapped("count"), [100, 100])
        self.assertEqual(set(self.env["celery.job"].search([]).mapped("state")), {"done"})

    def test_a_graph_runs_in_its_order(self):
        graph = chain([call(self.inline).add(1), call(self.inline).write({"count": 7})])
        jobs = graph.on_failure(call(self.inline).refuse()).enqueue(self.inline.env)
        self.assertEqual(jobs.mapped("state"), ["done", "done", "waiting"])
        self.claim()
        self.env.invalidate_all()
        self.assertEqual(jobs[2].state, "cancelled")
        self.assertEqual(self.things.mapped("count"), [7, 7])

    def test_what_has_ended_is_not_run_again(self):
        job = self.inline.with_celery(identity_key="k", identity=("window", 60)).add(1)
        again = self.inline.with_celery(identity_key="k", identity=("window", 60)).add(1)
        self.assertEqual(again, job)
        self.assertEqual(self.things.mapped("count"), [1, 1])

    def test_tasks_of_workers_wait_for_them(self):
        job = self.inline.env["celery.job"].enqueue("demo.task")
        self.assertEqual(job.state, "pending")

    def test_for_a_whole_database(self):
        self.env["ir.config_parameter"].set_param("celery_bridge.inline", "True")
        self.assertEqual(self.things.with_celery().add(1).state, "done")
        waiting = self.things.with_context(celery_inline=False)
        self.assertEqual(waiting.with_celery().add(1).state, "pending")

    def test_an_archived_user_does_nothing(self):
        job = self.things.with_celery().add(1).sudo()
        self.user.active = False
        with self.assertRaises(AccessError):
            job._run_here(lambda env, _job, _params: None)
