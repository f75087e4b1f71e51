from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestReadAs(FabricCase):
    def read(self, subject, method="search_read", *args, model="res.partner", **kwargs):  # pylint: disable=method-required-super
        return self.fabric(
            "read_as", subject=subject, model=model, method=method, args=list(args), kwargs=kwargs
        )["result"]

    def test_search_read_with_dates_as_odoo_writes_them(self):
        _job, subject = self.in_flight()
        partner = self.user.partner_id
        domain = [["id", "=", partner.id]]
        [row] = self.read(subject, "search_read", domain, ["name", "create_date"])
        self.assertEqual(row["name"], partner.name)
        self.assertRegex(row["create_date"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")

    def test_the_other_read_methods(self):
        _job, subject = self.in_flight()
        ids = self.user.partner_id.ids
        domain = [["id", "in", ids]]
        self.assertEqual(self.read(subject, "search", domain), ids)
        self.assertEqual(self.read(subject, "search_count", domain), 1)
        self.assertEqual(self.read(subject, "read", ids, ["id"]), [{"id": ids[0]}])
        self.assertEqual(self.read(subject, "name_search", "", domain)[0][0], ids[0])
        self.assertTrue(self.read(subject, "has_access", ids, "read"))
        self.assertFalse(self.read(subject, "has_access", ids, "unlink"))
        self.assertIn("name", self.read(subject, "fields_get", ["name"]))
        self.assertIn("lang", self.read(subject, "default_get", ["lang"]))
        groups = self.read(subject, "formatted_read_group", domain, ["active"], ["__count"])
        self.assertEqual(groups[0]["__count"], 1)

    def test_only_methods_that_read(self):
        _job, subject = self.in_flight(self.admin)
        for method in ("write", "create", "unlink", "action_archive", "_read_group", "export_data"):
            with self.assertRaisesRegex(AccessError, "not a method that only reads"):
                self.read(subject, method, [])

    def test_a_model_may_name_more(self):
        _job, subject = self.in_flight(self.admin)
        pricelist = self.env["product.pricelist"].create({"name": "List"})
        product = self.env["product.product"].create({"name": "Thing", "list_price": 7})
        prices = self.read(
            subject, "reference_prices", pricelist.id, [[product.id, 1]], model="celery.price"
        )
        self.assertEqual(prices, [7])

    def test_secrets_are_out_of_reach(self):
        _job, subject = self.in_flight(self.admin)
        for model in ("ir.config_parameter", "res.users.apikeys", "ir.mail_server"):
            with self.assertRaisesRegex(AccessError, "out of reach"):
                self.read(subject, "search", [], model=model)

    def test_the_rights_are_those_of_the_user(self):
        _job, subject = self.in_flight()
        with self.assertRaises(AccessError):
            self.read(subject, "search", [], model="ir.cron")
        other, _subject = self.in_flight(self.admin)
        self.assertNotIn(other.id, self.read(subject, "search", [], model="celery.job"))

    def test_the_language_is_the_jobs(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user.lang = "fr_FR"
        country = self.env.ref("base.de").with_context(lang="fr_FR")
        country.name = "Allemagne"
        _job, subject = self.in_flight()
        [row] = self.read(subject, "read", country.ids, ["name"], model="res.country")
        self.assertEqual(row["name"], "Allemagne")

    def test_the_attempt_must_be_in_flight(self):
        job, subject = self.in_flight()
        another, gone = {**subject, "attempt": 2}, {"uuid": "gone", "attempt": 1}
        job.action_cancel()
        for unfit in (another, subject, gone):
            call = {"model": "res.partner", "method": "search", "args": [[]]}
            self.assertEqual(self.fabric("read_as", subject=unfit, **call), {"in_flight": False})

    def test_an_archived_user(self):
        _job, subject = self.in_flight()
        self.user.active = False
        with self.assertRaisesRegex(AccessError, "archived"):
            self.read(subject, "search", [])

    def test_only_the_service_account(self):
        with self.assertRaises(AccessError):
            self.env["celery.job"].fabric_read_as("{}")

    def test_an_unknown_model(self):
        _job, subject = self.in_flight()
        with self.assertRaisesRegex(UserError, "no.such does not exist"):
            self.read(subject, "search", [], model="no.such")
