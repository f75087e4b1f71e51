from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.celery_bridge.testing import trap_jobs

from .common import ThingCase


@tagged("post_install", "-at_install")
class TestTrap(ThingCase):
    def test_what_was_called(self):
        with trap_jobs(self.env) as trap:
            trap.assert_nothing_enqueued()
            self.things.with_celery(priority=5).add(2, times=3)
            jobs = trap.assert_called(self.things, "add", 2, times=3, count=1)
            self.assertEqual(jobs.priority, 5)
            self.assertEqual(trap.run(), jobs)
            self.assertEqual(jobs.state, "done")
        self.assertEqual(self.things.mapped("count"), [6, 6])

    def test_what_was_enqueued(self):
        with trap_jobs(self.env) as trap:
            self.enqueue(queue="slow")
            self.enqueue()
            trap.assert_enqueued("demo.task", count=2)
            trap.assert_enqueued("demo.task", {}, count=1, queue="slow")

    def test_assertions_fail(self):
        with trap_jobs(self.env) as trap:
            with self.assertRaisesRegex(AssertionError, "nothing"):
                trap.assert_enqueued("demo.task")
            self.things.with_celery().add(2)
            for wrong in (
                lambda: trap.assert_called(self.things, "add", 3),
                lambda: trap.assert_called(self.things[0], "add", 2),
                lambda: trap.assert_called(self.things, "add", 2, count=2),
                lambda: trap.assert_enqueued("demo.task"),
                lambda: trap.assert_enqueued("records.call", priority=5),
                lambda: trap.assert_enqueued("records.call", count=0),
                trap.assert_nothing_enqueued,
            ):
                with self.assertRaisesRegex(AssertionError, "records.call"):
                    wrong()

    def test_only_what_came_after_it_was_set(self):
        self.things.with_celery().add(1)
        with trap_jobs(self.env) as trap:
            trap.assert_nothing_enqueued()
            self.assertFalse(trap.run())
        self.assertEqual(self.things.mapped("count"), [0, 0])

    def test_a_workers_task_is_played_by_a_function(self):
        with trap_jobs(self.env) as trap:
            trap.fake("shop.price", lambda env, params: {"user": env.uid, "price": params["base"] * 2})
            job = self.env["celery.job"].with_user(self.user).enqueue("shop.price", {"base": 4})
            trap.run()
        self.assertEqual(job.result, {"user": self.user.id, "price": 8})
        self.assertEqual(job.state, "done")

    def test_a_task_that_nothing_is_known_of(self):
        with trap_jobs(self.env) as trap:
            self.enqueue()
            with self.assertRaisesRegex(AssertionError, r"trap.fake\('demo.task'"):
                trap.run()

    def test_a_registered_task_keeps_its_schema(self):
        with trap_jobs(self.env) as trap:
            trap.fake("demo.task")
            with self.assertRaises(UserError):
                self.env["celery.job"].enqueue("demo.task", {"pricelist_id": "7"})

    def test_an_addon_method_with_all_of_it(self):
        with trap_jobs(self.env) as trap:
            heard = []
            trap.fake("shop.hear", lambda env, params: heard.append(params["payload"]), events=["thing.*"])
            self.things[0].confirm()
            trap.assert_called(self.things[0], "add", 2)
            trap.run()
        self.assertEqual(heard, [{"count": 1}])
        self.assertEqual(self.things[0].count, 3)

    def test_what_a_job_enqueues_is_trapped_for_the_next_run(self):
        with trap_jobs(self.env) as trap:
            self.things.with_celery().pass_on()
            self.assertEqual(len(trap.run()), 1)
            self.assertEqual(self.things.mapped("count"), [0, 0])
            self.assertEqual(len(trap.run()), 1)
        self.assertEqual(self.things.mapped("count"), [100, 100])

    def test_an_error_is_raised(self):
        with trap_jobs(self.env) as trap:
            self.things.with_celery().refuse()
            with self.assertRaisesRegex(UserError, "does not want to"):
                trap.run()

    def test_nothing_runs_inline_in_a_trap(self):
        self.env["ir.config_parameter"].set_param("celery_bridge.inline", "True")
        with trap_jobs(self.env):
            job = self.things.with_context(celery_inline=True).with_celery().add(1)
        self.assertEqual(job.state, "pending")
