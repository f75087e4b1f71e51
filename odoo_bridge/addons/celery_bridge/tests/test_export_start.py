"""Exporting a list in the background: what of it becomes params, and who may not."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .reports import ReportCase


@tagged("post_install", "-at_install")
class TestExportStart(ReportCase):
    def start(self, user=None, **values):
        return self.env["celery.export.start"].with_user(user or self.asker).create({
            "model": "res.partner",
            "domain": [["is_company", "=", True]],
            "columns": ["name", "country_id"],
            **values,
        })

    def params(self, **values):
        self.start(**values).action_start()
        return self.env["celery.job"].search([("task", "=", "reports.export")], limit=1).params

    def test_what_the_list_shows(self):
        self.assertEqual(self.params(groups=["country_id"]), {
            "model": "res.partner",
            "domain": [["is_company", "=", True]],
            "fields": ["name", "country_id"],
            "group_by": ["country_id"],
            "format": "xlsx",
        })
        flat = self.params(groups=["country_id"], grouped=False, order="name desc")
        self.assertEqual((flat["group_by"], flat["order"]), ([], "name desc"))
        self.assertNotIn("order", self.params(groups=["parent_id"], order="name desc"))

    def test_a_saved_template_goes_before_the_columns(self):
        lines = [(0, 0, {"name": name}) for name in ("name", "parent_id/name")]
        template = self.env["ir.exports"].create(
            {"name": "Short", "resource": "res.partner", "export_fields": lines}
        )
        start = self.start(export_id=template.id)
        self.assertEqual(start.columns_text, "Name, Related Company/Name")
        self.assertEqual(self.params(export_id=template.id)["fields"], ["name", "parent_id/name"])

    def test_archived_records_that_the_list_shows(self):
        self.assertEqual(
            self.params(all_states=True)["domain"], [["active", "in", [True, False]], ["is_company", "=", True]]
        )
        partner = self.boss
        partner.active = False
        counted = self.start(domain=[["id", "=", partner.id]], all_states=True).model_name
        self.assertTrue(counted.endswith(": 1"), counted)

    def test_the_same_export_is_made_once(self):
        for _ in range(2):
            self.start().action_start()
        self.assertEqual(self.env["celery.job"].search_count([("task", "=", "reports.export")]), 1)

    def test_who_may_not_export_may_not_on_any_way(self):
        params = {"model": "res.partner", "fields": ["name"]}
        schedules = self.env["celery.schedule"].create({
            "name": "S", "user_id": self.user.id, "params_text": '{"model": "res.partner", "fields": ["name"]}',
            "task_id": self.env["celery.task"].search([("name", "=", "reports.export")]).id,
        })
        for way in (
            lambda: self.start(self.user).action_start(),
            lambda: self.env["celery.job"].with_user(self.user).enqueue("reports.export", params),
            schedules._enqueue,
        ):
            with self.assertRaisesRegex(AccessError, "for the group .* only"):
                way()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_models_that_the_user_or_no_job_may_read(self):
        for model in ("ir.config_parameter", "celery.webhook", "no.such.model", "ir.rule"):
            with self.assertRaises(AccessError):
                self.start(model=model, domain=[]).action_start()
        with self.assertRaises(UserError):
            self.start(model="celery.export.start", domain=[]).action_start()

    def test_a_list_without_columns(self):
        with self.assertRaisesRegex(ValidationError, "no column"):
            self.start(columns=[]).action_start()
