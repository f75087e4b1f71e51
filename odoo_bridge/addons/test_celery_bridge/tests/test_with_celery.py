from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.celery_bridge.identity import exact

from .common import ThingCase


@tagged("post_install", "-at_install")
class TestWithCelery(ThingCase):
    def test_a_call_is_a_job_of_its_records(self):
        job = self.things.with_celery().add(3, times=2)
        self.assertEqual((job._name, job.task, job.state), ("celery.job", "records.call", "pending"))
        self.assertEqual(job.description, "Thing of a Test: add")
        self.assertEqual((job.res_model, job.res_ids), ("test.celery.thing", self.things.ids))
        self.assertEqual(self.things.mapped("count"), [0, 0])
        self.assertEqual(self.work().state, "done")
        self.assertEqual(self.things.mapped("count"), [6, 6])

    def test_options_are_those_of_enqueue(self):
        first = self.things.with_celery().add(1)
        job = self.things.with_celery(
            priority=3, queue="slow", eta=timedelta(hours=1), identity_key="k", concurrency_key="c",
            max_attempts=7, description="Count", depends_on=first,
        ).add(1)
        self.assertEqual((job.priority, job.queue, job.max_attempts), (3, "slow", 7))
        self.assertEqual((job.identity_key, job.concurrency_key), ("test.celery.thing.add:k", "c"))
        self.assertEqual((job.description, job.state), ("Count", "waiting"))
        self.assertGreater(job.eta, fields.Datetime.now())
        again = self.things.with_celery(identity_key="k").add(2)
        self.assertEqual(again, job)

    def test_an_identity_key_is_that_of_a_method(self):
        job = self.things.with_celery(identity_key="k").add(1)
        self.assertNotEqual(self.things.with_celery(identity_key="k").write({}), job)
        self.assertEqual(self.things.with_celery(identity_key="k").add(2), job)

    def test_the_same_call_once(self):
        job = self.things.with_celery(identity_key=exact).add(1)
        self.assertEqual(self.things.with_celery(identity_key=exact).add(1), job)
        self.assertNotEqual(self.things.with_celery(identity_key=exact).add(2), job)
        self.assertNotEqual(self.things[0].with_celery(identity_key=exact).add(1), job)

    def test_a_bad_identity_key_is_refused(self):
        for key in ("", 7, ["k"]):
            with self.assertRaisesRegex(ValidationError, "identity_key must be a text"):
                self.things.with_celery(identity_key=key).add(1)

    def test_an_unknown_option_is_a_mistake_of_the_code(self):
        with self.assertRaisesRegex(TypeError, "no option 'prio'"):
            self.things.with_celery(prio=1)

    def test_it_runs_as_the_user_in_the_same_language_and_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user.company_ids |= other
        companies = (other | self.user.company_id).ids
        things = self.things.with_context(
            lang="en_US", tz="Asia/Tokyo", allowed_company_ids=companies,
            tracking_disable=True, secret="x",
        )
        things.with_celery().look()
        self.work()
        seen = self.things[0].seen
        self.assertEqual((seen["user"], seen["su"]), (self.user.id, False))
        self.assertEqual((seen["company"], seen["companies"]), (other.id, companies))
        self.assertEqual((seen["lang"], seen["tz"]), ("en_US", "Asia/Tokyo"))
        self.assertEqual(seen["keys"], {"tracking_disable": True})

    def test_sudo_is_not_kept(self):
        self.things.sudo().with_celery().look()
        self.work()
        self.assertFalse(self.things[0].seen["su"])

    def test_a_method_of_the_model(self):
        self.things.browse().with_celery().make("made")
        self.assertEqual(self.work().state, "done")
        self.assertTrue(self.things.search([("name", "=", "made")]))

    def test_what_odoo_itself_has_is_callable(self):
        self.things.with_celery().write({"name": "c"})
        self.work()
        self.assertEqual(self.things.mapped("name"), ["c", "c"])

    def test_an_unknown_method_is_refused_at_once(self):
        for name in ("ad", "name", "count"):
            with self.assertRaisesRegex(ValidationError, f"test.celery.thing has no method {name}"):
                getattr(self.things.with_celery(), name)

    def test_a_private_method_is_refused_at_once(self):
        for name in ("_hidden", "hidden", "_write", "sudo", "with_celery"):
            with self.assertRaises(AccessError):
                getattr(self.things.with_celery(), name)

    def test_what_is_out_of_reach_of_jobs_is_refused_at_once(self):
        for model in ("res.users", "ir.cron", "ir.config_parameter", "celery.job"):
            with self.assertRaisesRegex(AccessError, "out of reach"):
                self.env[model].with_celery().search([])

    def test_who_may_not_enqueue_is_refused_unless_the_code_says_sudo(self):
        portal = new_test_user(self.env, login="thing_portal", groups="base.group_portal")
        things = self.things.with_user(portal)
        with self.assertRaises(AccessError):
            things.with_celery().add(1)
        self.assertEqual(things.sudo().with_celery().add(1).user_id, portal)

    def test_records_that_are_not_saved_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "not saved yet"):
            self.things.new({"name": "new"}).with_celery().add(1)

    def test_a_context_as_an_argument_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "with_context"):
            self.things.with_celery().look(context={"a": 1})

    def test_too_much_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "more than 65536"):
            self.things.with_celery().look("x" * 65536)
        with self.assertRaisesRegex(ValidationError, "share them out"):
            self.things.browse(range(1, 20000)).with_celery().add(1)

    def test_a_record_that_was_deleted_meanwhile(self):
        self.things.with_celery().add(1)
        gone = self.things[1].id
        self.things[1].unlink()
        job = self.work()
        self.assertEqual(job.state, "dead")
        self.assertEqual(job.error, f"test.celery.thing {gone}: deleted since the job was enqueued.")
        self.assertEqual(self.things[0].count, 0)

    def test_a_method_that_was_renamed_meanwhile(self):
        job = self.things.with_celery().add(1)
        params = {**job.params, "method": "add_before"}
        self.env.cr.execute(
            "UPDATE celery_job SET params = params || jsonb_build_object('method', 'add_before')"
            " WHERE id = %s", [job.id],
        )
        self.assertEqual(self.work(), job.with_user(self.env.user))
        self.assertEqual((job.state, job.params), ("dead", params))
        self.assertIn("has no method add_before. Was it renamed", job.error)

    def test_a_record_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        thing = self.env["test.celery.thing"].create({"name": "c", "company_id": other.id})
        thing.with_user(self.user).with_celery().add(1)
        job = self.work()
        self.assertEqual(job.state, "dead")
        self.assertIn("Thing of a Test", job.error)
        self.assertEqual(thing.count, 0)

    def test_what_the_method_refuses(self):
        self.things.with_celery().refuse()
        self.assertEqual(self.work().error, "This thing does not want to.")

    def test_a_method_may_ask_for_another_attempt(self):
        job = self.things.with_celery(max_attempts=2).not_yet().sudo()
        self.work()
        self.assertEqual((job.state, job.error), ("scheduled", "The carrier is asleep."))
        wait = (job.eta - fields.Datetime.now()).total_seconds()
        self.assertTrue(100 < wait <= 121, wait)
        self.assertEqual(self.things.mapped("count"), [0, 0])
        self.env.cr.execute("UPDATE celery_job SET eta = now() AT TIME ZONE 'utc'")
        self.assertEqual(self.work().mapped("state"), ["dead"])

    def test_a_proxy_can_be_looked_at(self):
        later = self.things.with_celery()
        self.assertIn("test.celery.thing", repr(later))
        self.assertFalse(hasattr(later, "__deepcopy__"))
