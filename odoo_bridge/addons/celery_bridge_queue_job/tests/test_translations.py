from odoo.tests import TransactionCase, tagged

from odoo.addons.celery_bridge.tests.terms import Translated


@tagged("post_install", "-at_install")
class TestTranslations(Translated, TransactionCase):
    addon = "celery_bridge_queue_job"
