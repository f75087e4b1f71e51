from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fabric.periods import PERIODS, Calendar, params_of_period
from .celery_task_report import PREFIX


class CelerySchedule(models.Model):
    """Schedules of reports: for which period, in which companies, and to whom they go."""

    _name = "celery.schedule"
    _inherit = ["celery.schedule", "celery.report.delivery"]

    is_report = fields.Boolean(compute="_compute_is_report")
    period = fields.Selection(
        PERIODS, help="As it is when the schedule falls due, in its time zone. Empty: as the params say."
    )
    company_ids = fields.Many2many(
        "res.company", string="Companies", help="Empty: the company that its user has chosen."
    )

    @api.depends("task_id")
    def _compute_is_report(self):
        for schedule in self:
            schedule.is_report = (schedule.task_id.sudo().name or "").startswith(PREFIX)

    def _params(self):
        params = super()._params()
        if not self.period or not isinstance(params, dict):
            return params
        today = fields.Date.context_today(self.with_context(tz=self.tz))
        calendar = Calendar.of(self._companies()[:1], self.user_id.lang)
        schema = self.task_id.sudo().schema or {}
        return params | params_of_period(schema, self.period, today, calendar)

    def _companies(self):
        """The user's own first, for in its currency a report is made; without any chosen that one."""
        mine = self.user_id.sudo().company_id
        return (self.company_ids & mine) + (self.company_ids - mine) or mine

    def _context_of_jobs(self):
        """Raises ``UserError`` when the user has left one of the companies."""
        context = super()._context_of_jobs()
        if not self.company_ids:
            return context
        if left := self.company_ids - self.user_id.sudo().company_ids:
            raise UserError(
                self.env._(
                    "%(user)s may not see %(companies)s any longer.",
                    user=self.user_id.name,
                    companies=", ".join(left.mapped("name")),
                )
            )
        return context | {"allowed_company_ids": self._companies().ids}

    def _start(self, jobs, **options):
        if not self.is_report:
            return super()._start(jobs, **options)
        task, partners = self.task_id.sudo().name, self.sudo().partner_ids
        options = {"notify": False, **options}
        return jobs.ask_for_report(task, self._params(), partners.ids, self.keep_days, **options)

    def _refused(self, reason):
        """Whoever waits for a report is told that it could not even be begun."""
        refused = super()._refused(reason)
        if self.is_report:
            people = self.partner_ids | self.user_id.partner_id.filtered("email")
            self._mail_failure(self.name, self, reason, people)
        return refused
