import json

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fabric.task_form import form_fields, params_of_form


class CeleryTaskStart(models.TransientModel):
    """Start a task by hand: a form made of the schema of its params."""

    _name = "celery.task.start"
    _description = "Start a Celery Task"
    _rec_name = "task_id"

    task_id = fields.Many2one("celery.task", required=True, ondelete="cascade")
    params = fields.Properties(definition="task_id.params_form")
    explanation = fields.Html(compute="_compute_explanation")
    as_json = fields.Boolean("Write JSON", help="Instead of the form, for what it cannot say.")
    params_text = fields.Text(
        "Params (JSON)", compute="_compute_params_text", store=True, readonly=False
    )
    description = fields.Char(help="How the list of jobs names it.")
    priority = fields.Integer(default=10, help="Lower goes first.")
    eta = fields.Datetime("Not Before")

    @api.depends("task_id")
    def _compute_explanation(self):
        for start in self:
            kinds = start._kinds()
            start.explanation = Markup("").join(
                Markup("<div><b>%s</b> <code>%s</code>: %s. %s</div>")
                % (field.title, field.name, kinds[field.kind], field.description)
                for field in form_fields(start.task_id._form_schema())
            )

    def _kinds(self):
        """What is to be typed into a field, by its kind."""
        return {
            "text": self.env._("text"),
            "integer": self.env._("a whole number"),
            "number": self.env._("a number"),
            "flag": self.env._("yes or no"),
            "date": self.env._("a date"),
            "choice": self.env._("one of some"),
            "records": self.env._("some records"),
            "json": self.env._("JSON"),
        }

    @api.depends("task_id", "as_json")
    def _compute_params_text(self):
        """What was typed into the form by then."""
        for start in self:
            params, _wrong = start._from_form()
            start.params_text = json.dumps(params, indent=2, ensure_ascii=False)

    def action_start(self):
        """Enqueue the job as the current user, and open it.

        Raises ``ValidationError`` that names each param at fault.
        """
        self.ensure_one()
        options = {
            "description": self.description or None,
            "priority": self.priority,
            "eta": self.eta or None,
            "notify": True,
        }
        job = self.env["celery.job"].enqueue(self.task_id.name, self._params(), **options)
        return {
            "type": "ir.actions.act_window",
            "res_model": "celery.job",
            "res_id": job.id,
            "view_mode": "form",
        }

    def _params(self):
        if self.as_json:
            try:
                return json.loads(self.params_text or "{}")
            except ValueError as error:
                raise ValidationError(self.env._("Params are not JSON: %s", error)) from error
        params, wrong = self._from_form()
        if wrong:
            raise ValidationError("\n".join(wrong))
        return params

    def _from_form(self):
        return params_of_form(self.task_id._form_schema(), self.params._values or {}, self.env._)
