from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestPrice(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prices = cls.env["celery.price"]
        cls.pricelist = cls.env["product.pricelist"].create({"name": "List"})
        cls.products = cls.env["product.product"].create(
            [{"name": name, "list_price": 10} for name in ("A", "B")]
        )

    def store(self, *rows):
        return self.prices.store_prices(self.pricelist.id, [list(row) for row in rows])

    def kept(self):
        return [
            (price.product_id.name, price.min_quantity, price.price)
            for price in self.prices.search([("pricelist_id", "=", self.pricelist.id)])
        ]

    def test_only_what_changed_is_written(self):
        a, b = self.products.ids
        first = self.store((a, 1, 9.5), (a, 10, 8), (b, 1, 7))
        self.assertEqual(first, {"written": 3, "unchanged": 0, "deleted": 0})
        again = self.store((a, 1, 9.5), (a, 10, 7.5))
        self.assertEqual(again, {"written": 1, "unchanged": 1, "deleted": 0})
        self.assertEqual(self.kept(), [("A", 1, 9.5), ("A", 10, 7.5), ("B", 1, 7)])
        price = self.prices.search([("product_id", "=", b)])
        self.assertEqual(price.currency_id, self.pricelist.currency_id)

    def test_quantities_that_are_gone_are_deleted(self):
        a, b = self.products.ids
        self.store((a, 1, 9), (a, 10, 8), (b, 1, 7))
        answer = self.store((a, 1, 9))
        self.assertEqual(answer, {"written": 0, "unchanged": 1, "deleted": 1})
        self.assertEqual(self.kept(), [("A", 1, 9), ("B", 1, 7)])

    def test_other_pricelists_are_left_alone(self):
        other = self.pricelist.copy()
        self.prices.store_prices(other.id, [[self.products[0].id, 1, 3]])
        self.store((self.products[0].id, 5, 2))
        self.assertEqual(self.prices.search([("pricelist_id", "=", other.id)]).price, 3)

    def test_who_may_not_change_the_pricelist_may_not_store(self):
        row = [self.products[0].id, 1, 3]
        with self.assertRaises(AccessError):
            self.prices.with_user(self.user).store_prices(self.pricelist.id, [row])
        manager = new_test_user(
            self.env, login="celery_pricer", groups="base.group_user,product.group_product_manager"
        )
        answer = self.prices.with_user(manager).store_prices(self.pricelist.id, [row])
        self.assertEqual(answer["written"], 1)

    def test_by_write_back(self):
        job, subject = self.in_flight(self.admin)
        rows = [[product.id, 1, 5.25] for product in self.products]
        [verdict] = self.write_back(self.outcome(subject, {
            "kind": "call",
            "model": "celery.price",
            "method": "store_prices",
            "args": [self.pricelist.id, rows],
        }))
        self.assertEqual(verdict["results"], [{"written": 2, "unchanged": 0, "deleted": 0}])
        self.assertEqual(job.state, "done")

    def test_reference_prices_are_odoos(self):
        self.env["product.pricelist.item"].create({
            "pricelist_id": self.pricelist.id,
            "compute_price": "percentage",
            "percent_price": 25,
            "min_quantity": 5,
        })
        a, b = self.products.ids
        prices = self.prices.reference_prices(self.pricelist.id, [[a, 1], [a, 5], [b, 9], [a, 1]])
        self.assertEqual(prices, [10, 7.5, 7.5, 10])

    def test_what_is_no_price_is_refused(self):
        refused = self.assertRaisesRegex(ValidationError, "no prices")
        with mute_logger("odoo.sql_db"), refused, self.cr.savepoint():
            self.prices.store_columns(self.pricelist.id, "1,x", "0,0", "1,1")

    def test_a_product_that_is_gone_gets_no_price(self):
        a, b = self.products.ids
        self.products[0].unlink()
        self.assertEqual(self.store((a, 0, 1), (b, 0, 2))["written"], 1)
        self.assertEqual(self.kept(), [("B", 0, 2)])

    def test_what_is_deleted_takes_its_prices_along(self):
        other = self.pricelist.copy()
        for pricelist in self.pricelist | other:
            self.prices.store_prices(pricelist.id, [[each, 0, 3] for each in self.products.ids])
        self.products[0].unlink()
        self.assertEqual(self.prices.search([]).product_id, self.products[1])
        other.unlink()
        self.assertEqual(self.prices.search([]).pricelist_id, self.pricelist)
