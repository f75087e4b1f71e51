import json
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import FabricCase

PRICES = "celery.price"
LATEST = "9223372036854775807:9223372036854775807:"
"""A snapshot that sees all."""


@tagged("post_install", "-at_install")
class TestPriceReading(FabricCase):
    """Transactions of their own cannot be had here, so a snapshot that sees all stands for later ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("DELETE FROM celery_price_run")
        cls.env.cr.execute("DELETE FROM celery_price_mark")
        cls.env.invalidate_all()
        cls.category = cls.env["product.category"].create({"name": "Below"})
        cls.products = cls.env["product.product"].create([
            {"name": "A", "list_price": 10},
            {"name": "B", "list_price": 10, "categ_id": cls.category.id},
        ])
        cls.pricelist = cls.env["product.pricelist"].create({"name": "List", "item_ids": [
            (0, 0, {"compute_price": "percentage", "percent_price": 10}),
        ]})
        cls.resting = cls.env["product.pricelist"].create({"name": "Resting", "item_ids": [(0, 0, {
            "compute_price": "formula", "base": "pricelist", "base_pricelist_id": cls.pricelist.id,
        })]})
        cls.a, cls.b = cls.products.ids
        # Other prices than Odoo's, so that it shows whose they are.
        for pricelist in cls.pricelist | cls.resting:
            cls.env[PRICES].store_prices(pricelist.id, [[cls.a, 0, 1], [cls.a, 5, 2], [cls.b, 0, 3]])
            cls.settle(pricelist)

    @classmethod
    def settle(cls, pricelist, valid_until=None):
        cls.env.cr.execute("SELECT (pg_current_xact_id()::text::int8 + 1)::text")
        after = cls.env.cr.fetchone()[0]
        cls.env[PRICES].settle(pricelist.id, f"{after}:{after}:", valid_until)

    def prices(self, quantity=1, pricelist=None):
        found = self.env[PRICES].get_prices((pricelist or self.pricelist).id, [self.a, self.b], quantity)
        return [price for _product, price in found]

    def changed(self):
        """As if all that changed from now on came after the snapshot."""
        self.env.cr.execute("UPDATE celery_price_run SET seen = '1:1:'")
        self.env.cr.execute("DELETE FROM celery_price_mark")
        self.env.invalidate_all()

    def test_the_table_answers(self):
        self.assertEqual(self.prices(), [1, 3])
        self.assertEqual(self.prices(4.99), [1, 3])
        self.assertEqual(self.prices(5), [2, 3])

    def test_odoo_answers_for_what_is_missing(self):
        self.assertEqual(self.prices(-1), [9, 9])
        self.env[PRICES].search([("product_id", "=", self.b)]).unlink()
        self.assertEqual(self.prices(), [1, 9])

    def test_odoo_answers_for_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        prices = self.env[PRICES].with_company(company)
        self.assertEqual([p for _id, p in prices.get_prices(self.pricelist.id, [self.a])], [9])
        prices.store_prices(self.pricelist.id, [[self.a, 0, 7]])
        self.assertEqual(self.prices(), [1, 3])

    def test_odoo_answers_when_rules_begin_or_end(self):
        self.settle(self.pricelist, "2020-01-01 00:00:00")
        self.assertEqual(self.prices(), [9, 9])
        self.settle(self.pricelist, "2999-01-01 00:00:00")
        self.assertEqual(self.prices(), [1, 3])

    def test_odoo_answers_when_nothing_says_that_all_was_computed(self):
        self.env[PRICES].unsettle(self.pricelist.id)
        self.assertEqual(self.prices(), [9, 9])

    def test_a_cost_touches_its_product(self):
        self.changed()
        self.products[0].standard_price = 4
        self.assertEqual(self.prices(), [9, 3])

    def test_a_price_and_a_category_touch_their_products(self):
        self.changed()
        self.products[0].product_tmpl_id.list_price = 20
        self.assertEqual(self.prices(), [18, 3])
        self.category.name = "Z"
        self.assertEqual(self.prices(), [18, 9])

    def test_a_rule_touches_its_subtree_before_and_after(self):
        self.changed()
        rule = self.env["product.pricelist.item"].create({
            "pricelist_id": self.pricelist.id,
            "applied_on": "2_product_category",
            "categ_id": self.category.id,
            "compute_price": "fixed",
            "fixed_price": 5,
        })
        self.changed()
        rule.fixed_price = 6
        self.assertEqual(self.prices(), [1, 6])
        self.changed()
        rule.write({"applied_on": "1_product", "product_tmpl_id": self.products[0].product_tmpl_id.id})
        self.assertEqual(self.prices(), [6, 9])
        self.changed()
        rule.unlink()
        self.assertEqual(self.prices(), [9, 3])

    def test_a_rule_touches_what_rests_on_its_pricelist(self):
        self.changed()
        self.pricelist.item_ids.percent_price = 20
        self.assertEqual(self.prices(pricelist=self.resting), [8, 8])
        self.changed()
        self.resting.item_ids.price_surcharge = 1
        self.assertEqual(self.prices(), [1, 3])

    def test_a_rate_touches_all(self):
        self.changed()
        self.env["res.currency.rate"].create({
            "currency_id": self.env.ref("base.CHF").id, "name": "2024-02-03", "rate": 2,
        })
        self.assertEqual(self.prices(), [9, 9])

    def test_a_field_that_no_price_rests_on_touches_nothing(self):
        self.changed()
        self.products.write({"name": "C"})
        self.products.product_tmpl_id.write({"sequence": 7})
        self.assertEqual(self.prices(), [1, 3])

    def test_many_changes_are_one_about_everything(self):
        self.changed()
        with patch("odoo.addons.celery_bridge.models.celery_price_mark.MOST", 2):
            self.products[0].standard_price = 4
            self.env["product.product"].create({"name": "C"})
            self.assertEqual(self.prices(), [9, 9])

    def test_nobody_keeps_prices_so_nothing_is_computed(self):
        self.fabric("register_tasks", tasks=[
            {"name": "pricing.refresh", "queue": "pricing", "schema": {}, "max_attempts": 3, "description": ""}
        ])
        self.env["celery.price.run"].search([]).unlink()
        self.products[0].standard_price = 4
        self.assertFalse(self.env["celery.job"].search_count([]))
        self.env[PRICES]._collect()
        self.assertFalse(self.env["celery.price.mark"].search_count([]))

    def test_after_a_restore_elsewhere_the_table_is_not_believed(self):
        self.products[0].standard_price = 4  # in a transaction that the runs claim to have seen
        self.env.invalidate_all()
        self.assertFalse(self.env["celery.price.run"].search_count([]))
        self.assertEqual(self.prices(), [9, 9])

    def test_a_change_enqueues_one_job(self):
        self.fabric("register_tasks", tasks=[
            {"name": "pricing.refresh", "queue": "pricing", "schema": {}, "max_attempts": 3, "description": ""}
        ])
        self.changed()
        self.products[0].standard_price = 4
        self.products[1].standard_price = 4
        job = self.env["celery.job"].search([("task", "=", "pricing.refresh")])
        self.assertEqual(len(job), 1)
        self.assertEqual(job.user_id, self.env.user)

    def test_a_rule_that_begins_later_is_computed_then(self):
        self.fabric("register_tasks", tasks=[
            {"name": "pricing.refresh", "queue": "pricing", "schema": {}, "max_attempts": 3, "description": ""}
        ])
        for pricelist in self.pricelist | self.resting:
            self.settle(pricelist, "2999-01-01 00:00:00")
        self.changed()
        self.products[0].standard_price = 4  # does not wait for that
        jobs = self.env["celery.job"].search([("task", "=", "pricing.refresh")])
        self.assertEqual(len(jobs), 2)
        self.assertIn(fields.Datetime.to_datetime("2999-01-01 00:00:00"), jobs.mapped("eta"))

    def test_a_worker_learns_what_changed(self):
        self.changed()
        self.products[0].standard_price = 4
        told = self.env[PRICES].begin()
        self.assertEqual(
            [(run["pricelist_id"], run["marks"]) for run in told["runs"]],
            [(each.id, [{"products": [self.a]}]) for each in self.pricelist | self.resting],
        )
        for run in told["runs"]:
            self.env[PRICES].settle(run["pricelist_id"], LATEST)
        self.assertFalse(self.env["celery.price.mark"].search_count([]))

    def test_begin_is_read_for_a_job(self):
        _job, subject = self.in_flight(self.admin)
        answer = self.fabric("read_as", subject=subject, model=PRICES, method="begin", args=[])
        self.assertEqual(len(answer["result"]["runs"]), 2)
        self.assertIn(":", json.dumps(answer["result"]["seen"]))

    def test_who_may_not_change_the_pricelist_may_not_settle(self):
        with self.assertRaises(AccessError):
            self.env[PRICES].with_user(self.user).settle(self.pricelist.id, "1:1:")

    def test_valid_until_is_told(self):
        self.settle(self.pricelist, "2999-01-01 00:00:00")
        run = self.env["celery.price.run"].search([("pricelist_id", "=", self.pricelist.id)])
        self.assertEqual(run.valid_until, fields.Datetime.to_datetime("2999-01-01 00:00:00"))

    def test_a_job_settles_forgets_and_has_others_made(self):
        task = {"name": "pricing.recalculate", "queue": "pricing", "schema": {}, "max_attempts": 3, "description": ""}
        self.fabric("register_tasks", tasks=[task])
        _job, subject = self.in_flight(self.admin)
        calls = [
            ("settle", [self.pricelist.id, LATEST, None]),
            ("forget", [self.pricelist.id, [self.a]]),
            ("recalculate", [[self.pricelist.id, self.resting.id], 0]),
        ]
        [verdict] = self.write_back(self.outcome(subject, *(
            {"kind": "call", "model": PRICES, "method": method, "args": args} for method, args in calls
        )))
        self.assertEqual(verdict["state"], "done")
        self.assertEqual(verdict["results"][:2], [True, 2])
        job = self.env["celery.job"].browse(verdict["results"][2])
        self.assertEqual(job.task, "pricing.recalculate")
        self.assertEqual(job.params["pricelist_ids"], [self.pricelist.id, self.resting.id])
        self.assertEqual(job.user_id, self.admin)

    def test_others_are_forgotten(self):
        self.assertEqual(self.env[PRICES].forget(self.pricelist.id, [self.a], True), 1)
        self.assertEqual(self.prices(), [1, 9])
        self.assertEqual(self.env[PRICES].search_count([("pricelist_id", "=", self.resting.id)]), 3)
