import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fabric.periods import PERIODS, Calendar, date_params, params_of_days, params_of_period
from ..fabric.task_form import form_fields, params_of_form
from ..models.celery_task_report import EXPORT, PREFIX

CRONS = {"day": "* * *", "week": "* * 1", "month": "1 * *", "quarter": "1 1,4,7,10 *", "year": "1 1 *"}
"""Day of month, month and day of week, as in crontab(5)."""
DAYS = "days"


class CeleryReportStart(models.TransientModel):
    """Ask for a report: the form of its params, for which period and for whom, once or again and again."""

    _name = "celery.report.start"
    _inherit = ["celery.task.start", "celery.report.delivery"]
    _description = "Ask for a Report"

    task_id = fields.Many2one(
        string="Report", domain=[("name", "=like", f"{PREFIX}%"), ("name", "!=", EXPORT)]
    )
    params = fields.Properties(definition="task_id.report_form")
    takes = fields.Char(compute="_compute_takes", help="A period, a day or nothing of the kind.")
    period = fields.Selection(
        [*PERIODS, (DAYS, "Between two days")],
        compute="_compute_period",
        store=True,
        readonly=False,
        required=True,
        help="A report of one day is of the last one of the period.",
    )
    date_from = fields.Date("From")
    date_to = fields.Date("To")
    company_ids = fields.Many2many(
        "res.company", string="Companies", required=True, default=lambda self: self.env.companies
    )
    when = fields.Selection([("now", "Now"), ("again", "Again and again")], default="now", required=True)
    every = fields.Selection(
        [
            ("day", "Every day"),
            ("week", "Every Monday"),
            ("month", "Every first of the month"),
            ("quarter", "Every first of a quarter"),
            ("year", "Every first of January"),
        ],
        default="month",
        required=True,
    )
    hour = fields.Float("At", default=6.0)

    @api.depends("task_id")
    def _compute_takes(self):
        for start in self:
            first, last = date_params(start.task_id.schema or {})
            start.takes = "period" if first else last and "day"

    @api.depends("task_id")
    def _compute_period(self):
        for start in self:
            start.period = "today" if start.takes == "day" else "last_month"

    @api.constrains("hour")
    def _check_hour(self):
        for start in self:
            if not 0 <= start.hour < 24:
                raise ValidationError(self.env._("The hour must be from 00:00 to 23:59."))

    def action_start(self):
        """Enqueue the report, or join the same that is being made, and open its job; or its schedule."""
        self.ensure_one()
        made = self._ask() if self.when == "now" else self._schedule()
        return {
            "type": "ir.actions.act_window",
            "res_model": made._name,
            "res_id": made.id,
            "view_mode": "form",
        }

    def _ask(self):
        options = {"description": self.description or self._title(), "priority": self.priority}
        jobs = self.env["celery.job"].with_context(allowed_company_ids=self._companies().ids)
        return jobs.ask_for_report(
            self.task_id.name,
            self._params(),
            self.partner_ids.ids,
            self.keep_days,
            eta=self.eta or None,
            **options,
        )

    def _schedule(self):
        """As superuser, for users do not make schedules of anything else; it acts as this user."""
        relative = self.takes and self.period != DAYS
        return self.env["celery.schedule"].sudo().create({
            "name": self.description or self._title(),
            "task_id": self.task_id.id,
            "params_text": json.dumps(self._params(scheduled=True), indent=2, ensure_ascii=False),
            "user_id": self.env.uid,
            "cron": self._cron(),
            "tz": self.env.user.tz or "UTC",
            "period": relative and self.period,
            "company_ids": self.company_ids.ids,
            "partner_ids": self.partner_ids.ids,
            "keep_days": self.keep_days,
        }).sudo(False)

    def _title(self):
        title = self.task_id.with_context(celery_described=True).display_name
        if not self.takes or self.period == DAYS:
            return title
        labels = dict(self._fields["period"]._description_selection(self.env))
        return f"{title} ({labels[self.period]})"

    def _cron(self):
        hour, minute = divmod(round(self.hour * 60), 60)
        return f"{minute} {hour} {CRONS[self.every]}"

    def _companies(self):
        """The current one first, for in its currency a report is made."""
        mine = self.env.company
        return (self.company_ids & mine) + (self.company_ids - mine)

    def _params(self, scheduled=False):
        """Of a schedule without the days of a relative period, which it finds out each time."""
        params = super()._params()
        if scheduled and self.takes and self.period != DAYS and isinstance(params, dict):
            return {name: value for name, value in params.items() if name not in self._days()}
        return params

    def _from_form(self):
        schema = self.task_id._form_schema()
        days = self._days()
        typed = {field.key: days[field.name] for field in form_fields(schema) if field.name in days}
        return params_of_form(schema, {**(self.params._values or {}), **typed}, self.env._)

    def _days(self):
        """The params that are days, by name."""
        schema = self.task_id.schema or {}
        if self.period == DAYS:
            return params_of_days(schema, self.date_from, self.date_to)
        calendar = Calendar.of(self._companies()[:1] or self.env.company, self.env.user.lang)
        return params_of_period(schema, self.period, fields.Date.context_today(self), calendar)

    @api.depends("task_id", "as_json", "period", "date_from", "date_to")
    def _compute_params_text(self):
        return super()._compute_params_text()
