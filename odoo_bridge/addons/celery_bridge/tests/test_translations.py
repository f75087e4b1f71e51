from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .common import FabricCase
from .terms import Translated


@tagged("post_install", "-at_install")
class TestTranslations(Translated, TransactionCase):
    addon = "celery_bridge"


@tagged("post_install", "-at_install")
class TestFrench(FabricCase):
    def test_a_french_user_reads_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        addon = self.env["ir.module.module"].search([("name", "=", "celery_bridge")])
        addon._update_translations(["fr_FR"])
        jobs = self.env["celery.job"].with_context(lang="fr_FR")
        states = dict(jobs.fields_get(["state"])["state"]["selection"])
        self.assertEqual(states["done"], "Terminé")
        with self.assertRaisesRegex(ValidationError, "tâche"):
            jobs.enqueue("no.such.task", {})
        with self.assertRaisesRegex(ValidationError, "params.pricelist_id: doit être un nombre entier"):
            jobs.enqueue("demo.task", {"pricelist_id": "seven"})
