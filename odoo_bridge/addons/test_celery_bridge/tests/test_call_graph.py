from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.celery_bridge.graph import call, chain, group, job

from .common import ThingCase


@tagged("post_install", "-at_install")
class TestCallGraph(ThingCase):
    def test_steps_run_one_after_the_other(self):
        first, second = self.things
        graph = chain([
            call(first).add(1),
            group([call(second, priority=5).add(1), call(first).write({"name": "z"})]),
            call(self.things.browse()).make("last"),
        ])
        jobs = graph.enqueue(self.things.env)
        self.assertEqual(jobs.mapped("state"), ["pending", "waiting", "waiting", "waiting"])
        self.assertEqual(jobs[1].priority, 5)
        for ran in (1, 2, 1):
            self.assertEqual(self.work().mapped("state"), ["done"] * ran)
        self.assertEqual((first.count, first.name, second.count), (1, "z", 1))

    def test_what_follows_from_a_refusal_is_cancelled(self):
        graph = chain([call(self.things).refuse(), call(self.things).add(1)])
        jobs = graph.on_failure(call(self.things).add(10)).enqueue(self.things.env)
        self.work()
        self.work()
        self.assertEqual(jobs.mapped("state"), ["dead", "cancelled", "done"])
        self.assertEqual(self.things.mapped("count"), [10, 10])

    def test_a_result_becomes_an_argument(self):
        jobs = chain([
            job("demo.task"), call(self.things[0]).look({"$result": 0}),
        ]).enqueue(self.things.env)
        [claimed] = self.claim()
        subject = {"uuid": claimed["uuid"], "attempt": claimed["attempt"]}
        self.write_back(self.outcome(subject, result={"rows": 7}))
        self.work()
        self.assertEqual(jobs[1].state, "done")
        self.assertEqual(self.things[0].seen["args"], ["{'rows': 7}"])

    def test_another_user_or_company_is_not_dropped_silently(self):
        company = self.env["res.company"].create({"name": "Other"})
        for things in (
            self.things.with_user(self.admin),
            self.things.with_context(lang="fr_FR"),
            self.things.sudo().with_company(company),
        ):
            with self.assertRaisesRegex(ValidationError, "Thing of a Test: add has others"):
                call(things).add(1).enqueue(self.things.env)

    def test_it_refuses_what_with_celery_refuses(self):
        with self.assertRaises(AccessError):
            call(self.things)._hidden()
        with self.assertRaises(ValidationError):
            call(self.things).no_such_method()
        with self.assertRaises(TypeError):
            call(self.things, prio=1)
