from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import FabricCase

PRICES, RUNS = "celery.price", "celery.price.run"
LATEST = "9223372036854775807:9223372036854775807:"
DAY, LATER = "2999-11-27", "2999-12-24"
PARIS = "Europe/Paris"


@tagged("post_install", "-at_install")
class TestPriceDates(FabricCase):
    """Prices of days, beside those of now: others than Odoo's, so that it shows whose they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for table in ("price_run", "price_mark", "price"):
            cls.env.cr.execute(f"DELETE FROM celery_{table}")
        cls.env.invalidate_all()
        cls.products = cls.env["product.product"].create(
            [{"name": name, "list_price": 10} for name in ("A", "B")]
        )
        cls.a, cls.b = cls.products.ids
        cls.pricelist = cls.env["product.pricelist"].create({"name": "List", "item_ids": [
            (0, 0, {"compute_price": "percentage", "percent_price": 10}),
            (0, 0, {
                "compute_price": "percentage", "percent_price": 50, "min_quantity": 1,
                "date_start": f"{DAY} 00:00:00", "date_end": f"{DAY} 23:59:59",
            }),
        ]})
        cls.prices = cls.env[PRICES].with_context(tz="UTC")

    def keep(self, price, day=None, job="j1"):
        """Both products at a price, and at its half from five on."""
        day = day and [day, "UTC"]
        self.prices.claim(self.pricelist.ids, job, day)
        columns = [f"{self.a},{self.a},{self.b}", "0,5,0", f"{price},{price / 2},{price}"]
        self.prices.advance(self.pricelist.id, job, 0, None, columns, day=day)
        self.env.cr.execute("UPDATE celery_price_run SET seen = %s WHERE seen IS NOT NULL", [LATEST])
        self.env.invalidate_all()

    def read_back(self, day=None, quantity=1, tz="UTC"):
        prices = self.prices.with_context(tz=tz)
        found = prices.get_prices(self.pricelist.id, self.products.ids, quantity, day)
        return [price for _id, price in found]

    def test_each_day_has_its_own(self):
        self.keep(1)
        self.keep(2, DAY)
        self.keep(4, LATER)
        self.assertEqual([self.read_back(day) for day in (None, DAY, LATER)], [[1, 1], [2, 2], [4, 4]])
        self.assertEqual(self.read_back(DAY, 5), [1, 2])
        self.assertEqual(self.env[PRICES].search_count([("date", "=", False)]), 3)
        again = self.prices.claim(self.pricelist.ids, "j1", [DAY, "UTC"])
        self.assertEqual(again, [[self.pricelist.id, None]])
        self.prices.claim(self.pricelist.ids, "j2", [DAY, "UTC"])
        answer = self.prices.advance(self.pricelist.id, "j2", 0, None, ["", "", ""], day=[DAY, "UTC"])
        self.assertEqual(answer["deleted"], 3)
        self.assertEqual([self.read_back(), self.read_back(LATER)], [[1, 1], [4, 4]])

    def test_odoo_answers_for_a_day_that_nobody_keeps(self):
        self.keep(1)
        self.assertEqual(self.read_back(DAY), [5, 5])
        self.assertEqual(self.read_back(LATER), [9, 9])
        self.assertEqual(self.read_back(fields.Date.to_date(DAY)), [5, 5])

    def test_half_of_a_day_is_not_read_back(self):
        self.keep(1)
        day = [LATER, "UTC"]
        self.prices.claim(self.pricelist.ids, "j2", day)
        self.prices.advance(self.pricelist.id, "j2", 0, self.a, [str(self.a), "0", "7"], day=day)
        self.assertEqual([self.read_back(), self.read_back(LATER)], [[1, 1], [9, 9]])

    def test_a_day_is_that_of_who_reads(self):
        self.keep(2, DAY)
        self.assertEqual(self.read_back(DAY, tz="Atlantic/Reykjavik"), [2, 2])
        # There it begins an hour earlier, when the rule does not hold yet; it holds for the rest of the day.
        self.assertEqual(self.read_back(DAY, tz=PARIS), [5, 5])
        self.assertEqual(self.read_back("2999-11-28", tz=PARIS), [5, 5])
        self.assertEqual(self.read_back("2999-11-28"), [9, 9])

    def test_a_day_of_another_zone_takes_its_place(self):
        self.keep(2, DAY)
        with self.assertRaisesRegex(ValidationError, "recalculate"):
            self.prices.store_prices(self.pricelist.id, [[self.a, 0, 7]], [DAY, PARIS])
        self.prices.claim(self.pricelist.ids, "j2", [DAY, PARIS])
        self.assertEqual(self.read_back(DAY), [5, 5])

    def test_what_changes_is_told_of_each_day(self):
        self.keep(1)
        self.keep(2, DAY)
        self.env.cr.execute("UPDATE celery_price_run SET seen = '1:1:'")
        self.env.cr.execute("DELETE FROM celery_price_mark")
        self.env.invalidate_all()
        self.products[0].list_price = 20
        self.assertEqual([self.read_back(), self.read_back(DAY)], [[18, 1], [10, 2]])
        told = [(run["day"], run["marks"]) for run in self.prices.begin()["runs"]]
        marks = [{"templates": self.products[0].product_tmpl_id.ids}]
        self.assertEqual(told, [(None, marks), ([DAY, "UTC"], marks)])

    def test_one_day_is_unsettled_settled_and_forgotten(self):
        self.keep(1)
        self.keep(2, DAY)
        day = [DAY, "UTC"]
        self.prices.forget(self.pricelist.id, [self.b], day=day)
        self.assertEqual([self.read_back(), self.read_back(DAY)], [[1, 1], [2, 5]])
        self.prices.unsettle(self.pricelist.id, day)
        self.assertEqual([self.read_back(), self.read_back(DAY)], [[1, 1], [5, 5]])
        self.keep(2, DAY, "j3")
        self.assertTrue(self.prices.settle(self.pricelist.id, LATEST, None, day))
        self.assertEqual(self.env[RUNS].search_count([]), 2)

    def test_days_that_are_past_are_swept(self):
        past, today = (str(date.today() - timedelta(days=days)) for days in (2, 0))
        for day in (None, past, today):
            self.keep(3, day)
        self.prices._collect()
        self.env.invalidate_all()
        left = [False, fields.Date.to_date(today)]
        self.assertEqual(self.env[RUNS].search([]).mapped("date"), left)
        self.assertEqual([row.date for row in self.env[PRICES].search([("min_quantity", "=", 5)])], left)

    def test_odoos_own_of_a_day_to_compare_with(self):
        lines = [[self.a, 0], [self.a, 1]]
        self.assertEqual(self.prices.reference_prices(self.pricelist.id, lines), [9, 9])
        self.assertEqual(
            self.prices.reference_prices(self.pricelist.id, lines, ["2999-11-28", PARIS]), [9, 5]
        )

    def test_what_is_no_day_is_refused(self):
        for wrong in ("tomorrow", "2999-02-30", f"{DAY} 10:00:00", fields.Datetime.now()):
            with self.assertRaisesRegex(ValidationError, "is not a day"):
                self.read_back(wrong)
        with self.assertRaisesRegex(ValidationError, "is not a day"):
            self.prices.recalculate(self.pricelist.ids, dates=["soon"])
        [answer] = self.prices.get_many_prices([{
            "pricelist_id": self.pricelist.id, "product_ids": [self.a], "quantity": 1, "date": "soon",
        }])
        self.assertEqual(answer["error"], "failed")

    def test_jobs_for_days(self):
        task = {"name": "pricing.recalculate", "queue": "pricing", "schema": {}, "max_attempts": 3, "description": ""}
        self.fabric("register_tasks", tasks=[task])
        lists = self.pricelist.ids

        def job(*args):
            return self.env["celery.job"].browse(self.prices.recalculate(lists, 20, *args))

        days = job([LATER, DAY, DAY])
        self.assertEqual(days.params, {"pricelist_ids": lists, "sample": 20, "dates": [DAY, LATER]})
        self.assertEqual(job([DAY, LATER]), days)
        others = [job(), job([DAY]), job([DAY, LATER], PARIS)]
        self.assertEqual(len({days.id, *(each.id for each in others)}), 4)
        self.assertEqual((days.context["tz"], others[-1].context["tz"]), ("UTC", PARIS))
