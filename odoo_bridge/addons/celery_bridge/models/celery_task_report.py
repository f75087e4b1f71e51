from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..fabric.periods import date_params
from ..fabric.task_form import form_fields, properties
from .ir_attachment import REMOVE

PREFIX = "reports."
EXPORT = "reports.export"
COMPANIES = "company_ids"
"""A param of some reports; the form chooses them as those that the job sees, of any report."""


class CeleryTask(models.Model):
    """What is particular to tasks that make reports."""

    _inherit = "celery.task"
    # People look for what they are shown, which is what the report is called.
    _rec_names_search = ["name", "description"]

    report_form = fields.PropertiesDefinition(
        compute="_compute_report_form",
        readonly=True,
        help="The form of the params without companies and the days of a period, which have fields of their own.",
    )

    @api.depends("schema", "param_names")
    def _compute_report_form(self):
        for task in self:
            schema = task._form_schema()
            apart = {*date_params(schema), COMPANIES}
            hidden = {each.key for each in form_fields(schema) if each.name in apart}
            task.report_form = [each for each in properties(schema) if each["name"] not in hidden]

    @api.depends("name", "description")
    @api.depends_context("celery_described")
    def _compute_display_name(self):
        if not self.env.context.get("celery_described"):
            return super()._compute_display_name()
        for task in self:
            task.display_name = (task.description or task.name).rstrip(".")

    def _check_may_start(self):
        """Whoever may export nothing from a list may not have it exported by a job, on whatever way."""
        if self.sudo().name == EXPORT and not self.env.is_admin():
            self.env.user._celery_check_group("base.group_allow_export")
        if not self.env.su and self.sudo().name == REMOVE:
            raise AccessError(self.env._("Files are removed with their attachments: delete those."))
        return super()._check_may_start()
