from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..exceptions import RetryLater
from .common import FabricCase

PRICES = "celery.price"
EARLIEST, LATEST = "1:1:", "9223372036854775807:9223372036854775807:"


@tagged("post_install", "-at_install")
class TestPriceWhole(FabricCase):
    """Jobs that compute whole pricelists, a call after another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for table in ("run", "mark"):
            cls.env.cr.execute(f"DELETE FROM celery_price_{table}")
        cls.env.cr.execute("DELETE FROM celery_price")
        cls.env.invalidate_all()
        cls.products = cls.env["product.product"].create(
            [{"name": name, "list_price": 10} for name in ("A", "B", "C")]
        )
        cls.a, cls.b, cls.c = cls.products.ids
        cls.pricelist, cls.other = cls.env["product.pricelist"].create([{"name": "One"}, {"name": "Two"}])
        cls.prices = cls.env[PRICES]

    def take(self, job="j1", pricelists=None):
        return dict(self.prices.claim((pricelists or self.pricelist).ids, job))

    def advance(self, rows, after=0, to=None, job="j1"):
        columns = [",".join(map(str, column)) for column in zip(*rows, strict=True)] or [""] * 3
        return self.prices.advance(self.pricelist.id, job, after, to, columns)

    def read_back(self):
        return [price for _id, price in self.prices.get_prices(self.pricelist.id, self.products.ids)]

    def run_of(self):
        return self.env["celery.price.run"].search([("pricelist_id", "=", self.pricelist.id)])

    def see_all(self):
        """The snapshots of one transaction see nothing of it."""
        self.env.cr.execute("UPDATE celery_price_run SET seen = %s WHERE seen IS NOT NULL", [LATEST])
        self.env.invalidate_all()

    def test_nobody_reads_half_of_a_pricelist(self):
        self.assertEqual(self.take(), {self.pricelist.id: 0})
        self.advance([(self.a, 0, 1), (self.b, 0, 2)], to=self.b)
        self.assertEqual(self.read_back(), [10, 10, 10])
        answer = self.advance([(self.c, 0, 3)], after=self.b)
        self.assertEqual((answer["written"], answer["deleted"]), (1, 0))
        self.see_all()
        self.assertEqual(self.read_back(), [1, 2, 3])
        self.assertEqual(self.take(), {self.pricelist.id: None})

    def test_a_computed_pricelist_is_read_until_its_job_begins_to_store(self):
        self.take()
        self.advance([(self.a, 0, 1)])
        self.see_all()
        self.take("j2")
        self.assertEqual(self.read_back()[0], 1)
        self.advance([(self.a, 0, 7)], to=self.a, job="j2")
        self.assertEqual(self.read_back()[0], 10)

    def test_another_attempt_goes_on_where_the_first_one_stopped(self):
        self.take()
        self.advance([(self.a, 0, 1)], to=self.a)
        seen = self.run_of().job_seen
        self.assertEqual(self.take(), {self.pricelist.id: self.a})
        self.assertEqual(self.run_of().job_seen, seen)

    def test_a_call_that_comes_twice_does_nothing(self):
        self.take()
        self.advance([(self.a, 0, 1)], to=self.a)
        self.assertEqual(self.advance([(self.a, 0, 9)], to=self.a), {"done": True})
        self.advance([(self.b, 0, 2)], after=self.a)
        self.assertEqual(self.advance([(self.b, 0, 9)], after=self.a), {"done": True})
        self.assertEqual(self.prices.search([]).mapped("price"), [1, 2])

    def test_a_rule_that_began_between_two_attempts_is_computed_again(self):
        self.take()
        columns = [str(self.a), "0", "1"]
        self.prices.advance(self.pricelist.id, "j1", 0, self.a, columns, "2020-01-01 00:00:00")
        self.take()  # another attempt, for which that rule is no turn to come
        columns = [f"{self.b},{self.c}", "0,0", "2,3"]
        self.prices.advance(self.pricelist.id, "j1", self.a, None, columns, "2999-01-01 00:00:00")
        self.see_all()
        self.assertEqual(str(self.run_of().valid_until), "2020-01-01 00:00:00")
        self.assertEqual(self.read_back(), [10, 10, 10])
        self.take("j2")
        self.prices.advance(self.pricelist.id, "j2", 0, None, columns, "2999-01-01 00:00:00")
        self.see_all()
        self.assertEqual(self.read_back(), [10, 2, 3])

    def test_who_claims_later_has_it(self):
        self.take()
        self.take("j2", self.pricelist | self.other)
        self.assertEqual(self.advance([(self.a, 0, 1)]), {"taken": True})
        self.assertFalse(self.prices.search([]))

    def test_the_rest_is_deleted(self):
        self.take()
        self.advance([(self.a, 0, 1), (self.b, 0, 2), (self.b, 5, 1), (self.c, 0, 3)])
        self.take("j2")
        answer = self.advance([(self.b, 0, 2)], job="j2")
        self.assertEqual(answer["deleted"], 3)
        self.assertEqual(self.prices.search([]).product_id, self.products[1])
        self.take("j3")
        self.assertEqual(self.advance([], job="j3")["deleted"], 1)

    def test_what_changes_meanwhile_is_computed_by_odoo_and_told(self):
        self.take()
        self.products[0].list_price = 20
        answer = self.advance([(self.a, 0, 10), (self.b, 0, 2), (self.c, 0, 3)])
        self.assertTrue(answer["changed"])
        self.assertEqual(self.read_back()[0], 20)

    def test_a_pricelist_that_is_gone_is_not_claimed(self):
        gone = self.other.id
        self.other.unlink()
        self.assertEqual(self.prices.claim([gone, self.pricelist.id], "j1"), [[self.pricelist.id, 0]])

    def test_who_may_not_change_a_pricelist_claims_nothing(self):
        prices = self.prices.with_user(self.user)
        self.assertEqual(prices.claim(self.pricelist.ids, "j1"), [])
        with self.assertRaises(AccessError):
            prices.advance(self.pricelist.id, "j1", 0, None, ["", "", ""])

    def test_older_prices_come_too_late(self):
        self.take()
        with self.assertRaises(RetryLater):
            self.prices.store_columns(self.pricelist.id, str(self.a), "0", "1", EARLIEST)
        with self.assertRaises(RetryLater):
            self.prices.settle(self.pricelist.id, EARLIEST)
        self.assertEqual(
            self.prices.store_columns(self.pricelist.id, str(self.a), "0", "1", LATEST)["written"], 1
        )
        self.advance([(self.a, 0, 1)], to=self.a)
        with self.assertRaises(RetryLater):  # half of it is there
            self.prices.settle(self.pricelist.id, LATEST)

    def test_what_a_lost_job_began_is_collected(self):
        job, _subject = self.in_flight(self.admin)
        self.take(job.uuid)
        self.advance([(self.a, 0, 1)], to=self.a, job=job.uuid)
        self.prices._collect()
        self.assertEqual(self.take(job.uuid), {self.pricelist.id: self.a})
        job.action_cancel()
        for _ in range(2):
            self.prices._collect()
        self.assertFalse(self.run_of())

    def test_prices_that_name_what_is_gone_are_collected(self):
        self.take()
        self.advance([(self.a, 0, 1), (self.b, 0, 2)])
        self.env.cr.execute("UPDATE celery_price SET product_id = 2147483647 WHERE product_id = %s", [self.a])
        self.prices._collect()
        self.env.invalidate_all()
        self.assertEqual(self.prices.search([]).product_id, self.products[1])

    def test_by_a_call_ahead(self):
        job, subject = self.in_flight(self.admin)
        answer = self.fabric("call_ahead", subject=subject, model=PRICES, method="claim",
                             args=[self.pricelist.ids, job.uuid])
        self.assertEqual(answer, {"result": [[self.pricelist.id, 0]]})
        self.assertEqual(self.run_of().user_id, self.admin)
        with self.assertRaises(AccessError):
            self.fabric("call_ahead", subject=subject, model=PRICES, method="unsettle", args=[1])
        late = {**subject, "attempt": 9}
        answer = self.fabric("call_ahead", subject=late, model=PRICES, method="claim", args=[[], ""])
        self.assertEqual(answer, {"in_flight": False})

    def recalculate(self, share=True, **options):
        """The job that tells of it, for both pricelists; ``share``: a job for each."""
        schema = {"type": "object"}
        tasks = [("pricing.recalculate", "pricing"), ("pricing.recalculated", "default")]
        self.fabric("register_tasks", tasks=[
            {"name": name, "queue": queue, "schema": schema, "max_attempts": 3, "description": ""}
            for name, queue in tasks
        ])
        self.take("seen", self.pricelist | self.other)
        self.env.cr.execute("UPDATE celery_price_run SET seconds = %s", [40 if share else 20])
        self.env.invalidate_all()
        both = (self.pricelist | self.other).ids
        return self.env["celery.job"].browse(self.prices.recalculate(both, **options))

    def parts(self):
        return self.env["celery.job"].search([("task", "=", "pricing.recalculate")], order="id")

    def test_few_pricelists_are_one_job(self):
        job = self.recalculate(share=False)
        self.assertEqual(job, self.parts())
        self.assertEqual(job.params, {"pricelist_ids": (self.pricelist | self.other).ids, "sample": 20})
        self.assertFalse(self.prices.recalculate([]))

    def test_jobs_share_pricelists_by_what_they_took(self):
        whole = self.recalculate(notify=True)
        self.assertEqual((whole.task, whole.state, whole.notify), ("pricing.recalculated", "waiting", True))
        self.assertEqual(whole.params, {"parts": [{"$result": 0}, {"$result": 1}]})
        asked = [part.params["pricelist_ids"] for part in self.parts()]
        self.assertEqual(asked, [self.pricelist.ids, self.other.ids])
        whole.action_cancel()
        with patch("odoo.addons.celery_bridge.models.celery_price_whole.LONG", 80.0):
            self.assertEqual(self.recalculate().task, "pricing.recalculate")

    def test_what_is_under_way_is_joined(self):
        for share in (True, False):
            job = self.recalculate(share)
            self.claim()
            self.assertEqual(self.recalculate(share), job)
            self.assertEqual(self.recalculate(not share), job)
            self.assertNotEqual(self.prices.recalculate(self.pricelist.ids), job.ids)
            job.action_cancel()
            self.assertNotEqual(self.recalculate(share), job)
            self.env["celery.job"].search([("state", "!=", "cancelled")]).action_cancel()

    def test_the_whole_is_as_far_as_its_parts(self):
        whole = self.recalculate(notify=True)
        self.assertEqual((whole.progress, whole.progress_shown), (0, "0 of 2 pricelists"))
        first, _second = self.claim()
        subject = {"uuid": first["uuid"], "attempt": 1}
        self.fabric("report", reports=[{"subject": subject, "done": 1, "total": 4}])
        self.env.invalidate_all()
        self.assertEqual((whole.progress, whole.progress_shown), (12.5, "0 of 2 pricelists"))
        self.write_back(self.outcome(subject, result={"prices": 3}))
        self.env.invalidate_all()
        self.assertEqual((whole.progress, whole.progress_shown), (50, "1 of 2 pricelists"))
        shown = self.env["celery.job"].with_user(whole.user_id).my_jobs()["jobs"]
        self.assertIn((whole.id, 50, "1 of 2 pricelists"), [
            (job["id"], job["progress"], job["text"]) for job in shown
        ])

    def test_the_whole_runs_with_the_results_of_its_parts(self):
        whole = self.recalculate()
        results = [{"pricelists": 1}, {"pricelists": 0, "errors": {"7": "no"}}]
        self.write_back(*(
            self.outcome({"uuid": each["uuid"], "attempt": 1}, result=result)
            for each, result in zip(self.claim(), results, strict=True)
        ))
        [last] = self.claim()
        self.assertEqual((last["uuid"], last["params"]), (whole.uuid, {"parts": results}))
        self.write_back(self.outcome({"uuid": whole.uuid, "attempt": 1}, result={}))
        self.env.invalidate_all()
        self.assertEqual((whole.state, whole.progress), ("done", 100))

    def test_cancelling_the_whole_cancels_its_parts_and_putting_it_back_those_that_are_not_done(self):
        whole = self.recalculate()
        first, _second = self.claim()
        self.write_back(self.outcome({"uuid": first["uuid"], "attempt": 1}, result={}))
        self.env.invalidate_all()
        whole.action_cancel()
        self.assertEqual(self.parts().mapped("state"), ["done", "cancelled"])
        self.assertEqual(whole.state, "cancelled")
        whole.action_requeue()
        self.assertEqual(self.parts().mapped("state"), ["done", "pending"])
        [again] = self.claim()
        self.write_back(self.outcome({"uuid": again["uuid"], "attempt": 2}, result={}))
        self.assertEqual([each["uuid"] for each in self.claim()], [whole.uuid])

    def test_the_button_opens_the_job_that_tells_of_it(self):
        self.recalculate(share=False).action_cancel()
        boss = new_test_user(self.env, "price_boss", "base.group_user,product.group_product_manager")
        lists = (self.pricelist | self.other).with_user(boss)
        action = lists.action_compute_in_background()
        job = self.env["celery.job"].browse(action["res_id"])
        self.assertEqual((action["res_model"], job.user_id, job.notify), ("celery.job", boss, True))
        asked = lists.with_user(self.admin).action_compute_in_background()
        self.assertEqual(asked["res_id"], job.id)  # a manager sees everybody's
        other = new_test_user(self.env, "price_boss_2", "base.group_user,product.group_product_manager")
        told = lists.with_user(other).action_compute_in_background()
        self.assertIn("price_boss", told["params"]["message"])
        third = self.env["product.pricelist"].create({"name": "Three"})
        action = lists.browse().action_compute_in_background()
        everything = self.env["celery.job"].browse(action["res_id"])
        self.assertLessEqual({*lists.ids, third.id}, set(everything.params["pricelist_ids"]))

    def test_the_button_is_for_those_who_may_change_pricelists(self):
        lists = self.env["product.pricelist"]
        name = "action_compute_in_background"
        self.assertIn(name, lists.with_user(self.admin).get_view(view_type="list")["arch"])
        self.assertNotIn(name, lists.with_user(self.user).get_view(view_type="list")["arch"])
        with self.assertRaises(AccessError):
            lists.with_user(self.user).action_compute_in_background()
