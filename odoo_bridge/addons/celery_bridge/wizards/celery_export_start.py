from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..fabric.guarded import model_to_read
from ..models.celery_task_report import EXPORT


class CeleryExportStart(models.TransientModel):
    """Export what a list shows, in the background. The list fills in what it shows."""

    _name = "celery.export.start"
    _inherit = "celery.report.delivery"
    _description = "Export in Background"

    model = fields.Char(required=True)
    domain = fields.Json(help="Which records the list shows, or those that were selected.")
    columns = fields.Json(help="The columns that the list shows, as paths of fields.")
    groups = fields.Json(help="By what the list is grouped.")
    order = fields.Char(help="By what the list is sorted.")
    all_states = fields.Boolean(help="Archived records too.")
    model_name = fields.Char("Records", compute="_compute_model_name")
    export_id = fields.Many2one(
        "ir.exports", "Template", domain="[('resource', '=', model)]", help="Empty: the columns of the list."
    )
    columns_text = fields.Char("Columns", compute="_compute_columns_text")
    grouped = fields.Boolean("Keep the Groups", default=True)
    format = fields.Selection(
        [("xlsx", "Excel (XLSX)"), ("csv", "CSV"), ("parquet", "Parquet")], default="xlsx", required=True
    )
    description = fields.Char("Name", help="How the list of jobs names it.")

    @api.depends("model", "domain")
    def _compute_model_name(self):
        for start in self:
            records = start._records()
            start.model_name = self.env._(
                "%(model)s: %(count)s",
                model=self.env["ir.model"]._get(records._name).name,
                count=records.search_count(start._domain()),
            )

    @api.depends("export_id", "columns")
    def _compute_columns_text(self):
        for start in self:
            start.columns_text = ", ".join(start._label(path) for path in start._paths())

    def action_start(self):
        """Enqueue the export, or join the same that is running.

        Raises ``AccessError`` for who may not export or not read the model, ``ValidationError`` without
        a column.
        """
        self.ensure_one()
        records = self._records()
        records.check_access("read")
        params = {
            "model": records._name,
            "domain": self._domain(),
            "fields": self._paths(),
            "group_by": self.groups if self.grouped and self.groups else [],
            "format": self.format,
        }
        if self.order and not params["group_by"]:
            params["order"] = self.order
        if not params["fields"]:
            raise ValidationError(self.env._("The list shows no column that can be exported: choose a template."))
        self.env["celery.job"].ask_for_report(
            EXPORT, params, self.partner_ids.ids, self.keep_days, description=self.description or self.model_name
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The export is under way. You will be told when its file is there."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _records(self):
        """Raises ``AccessError`` for a model that does not exist or is out of reach of jobs."""
        records = model_to_read(self.env, self.model or "")
        if records._abstract or records._transient:
            raise UserError(self.env._("%s keeps no records that a job could read.", self.model))
        return records.with_context(active_test=not self.all_states)

    def _domain(self):
        """A job knows nothing of the list's context: which records are active is said here."""
        domain = self.domain or []
        active = self._records()._active_name
        return [(active, "in", [True, False]), *domain] if self.all_states and active else domain

    def _label(self, path):
        """A path in the words of the forms; as it is from where it leads nowhere."""
        records, labels = self._records(), []
        for name in path.split("/"):
            told = records.fields_get([name], ["string", "relation"]).get(name)
            labels.append(told["string"] if told else name)
            records = self.env[told["relation"]] if told and told.get("relation") else records.browse()
        return "/".join(labels)

    def _paths(self):
        if self.export_id:
            return self.export_id.export_fields.mapped("name")
        return self.columns or []
