import json
import re

from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_datetime

from ..fabric.field_kinds import ReadableJson
from ..fabric.subject import acting_as, in_charge

CRON = re.compile(r"\S+( \S+){4}")


class CelerySchedule(models.Model):
    """A task that is enqueued again and again.

    When, a worker computes: Odoo keeps ``next_at``, and moving it is what lets a run happen, so
    that two workers which see the same schedule due enqueue one job.
    """

    _name = "celery.schedule"
    _description = "Celery Schedule"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    task_id = fields.Many2one("celery.task", required=True, ondelete="restrict")
    params_text = fields.Text("Params (JSON)", required=True, default="{}")
    user_id = fields.Many2one(
        "res.users",
        "Acts As",
        required=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        help="The jobs have the rights, companies and language of this user.",
    )
    cron = fields.Char(
        "When",
        required=True,
        default="0 6 * * *",
        help="Minute, hour, day of month, month, day of week, as in crontab(5): "
        "0 6 1 * * is six o'clock on the first of every month.",
    )
    tz = fields.Selection(
        _tz_get, "Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC"
    )
    window_from = fields.Float("Not Before", help="Hour of the day. 0 to 0 is the whole day.")
    window_to = fields.Float("Not After", help="Hour of the day. 0 to 0 is the whole day.")
    weekdays_only = fields.Boolean("Monday to Friday Only")
    next_at = fields.Datetime("Next Run", readonly=True, copy=False)
    upcoming = ReadableJson(readonly=True, copy=False, help="The runs after the next one, in UTC.")
    upcoming_text = fields.Text("Then", compute="_compute_upcoming_text")
    last_job_id = fields.Many2one("celery.job", readonly=True, copy=False)
    error = fields.Char(readonly=True, copy=False, help="Why it could not be run.")

    @api.depends("upcoming")
    @api.depends_context("lang", "tz")
    def _compute_upcoming_text(self):
        tz = self.env.context.get("tz") or self.env.user.tz or "UTC"
        for schedule in self:
            schedule.upcoming_text = "\n".join(
                format_datetime(self.env, moment, tz=tz) for moment in schedule.upcoming or []
            )

    @api.constrains("cron")
    def _check_cron(self):
        for schedule in self:
            if not CRON.fullmatch(schedule.cron):
                raise ValidationError(
                    self.env._("When: five fields with one space between them, like 0 6 * * 1-5.")
                )

    @api.constrains("window_from", "window_to")
    def _check_window(self):
        for schedule in self:
            if not 0 <= schedule.window_from <= schedule.window_to <= 24:
                raise ValidationError(
                    self.env._("Not Before and Not After are hours from 0 to 24, in this order.")
                )

    @api.constrains("task_id", "params_text")
    def _check_params(self):
        for schedule in self:
            jobs = self.env["celery.job"]
            jobs._checked_params(jobs._rules(schedule.task_id.sudo()), schedule._params())

    @api.model_create_multi
    def create(self, vals_list):
        schedules = super().create(vals_list)
        schedules._check_user()
        return schedules

    def write(self, values):
        """A schedule whose times change is planned again."""
        if {"cron", "tz", "window_from", "window_to", "weekdays_only", "active"} & set(values):
            values = {**values, "next_at": False, "upcoming": False, "error": False}
        self._check_user()
        written = super().write(values)
        self._check_user()
        return written

    def _check_user(self):
        """Whoever could say what runs as another user would have that user's rights.

        No ``@api.constrains``: those are called as superuser (``odoo.orm.models``,
        ``_validate_fields``).
        """
        foreign = self.filtered(lambda schedule: schedule.user_id != self.env.user)
        if foreign and not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator may schedule work as another user."))

    def action_run_now(self):
        """Enqueue a job of each now; their next runs stay as they are."""
        self._check_user()
        for schedule in self:
            schedule.sudo().last_job_id = schedule._enqueue(notify=True)
        return True

    def _params(self):
        try:
            return json.loads(self.params_text)
        except ValueError as error:
            raise ValidationError(self.env._("Params are not JSON: %s", error)) from error

    def _enqueue(self, **options):
        env = acting_as(self.env, self.user_id.id, self._context_of_jobs())
        with in_charge(env):
            return self._start(env["celery.job"], description=self.name, **options).id

    def _context_of_jobs(self):
        return {"lang": self.user_id.lang, "tz": self.tz}

    def _start(self, jobs, **options):
        """Enqueue the job by ``jobs``, which acts as the schedule's user."""
        return jobs.enqueue(self.task_id.sudo().name, self._params(), **options)

    def _due(self):
        """Schedules that must run, or whose next run nobody has computed yet."""
        domain = ["|", ("next_at", "=", False), ("next_at", "<=", fields.Datetime.now())]
        return self.search(domain)

    def _run(self, expected, then, error, upcoming=()):
        """Move ``next_at`` from ``expected`` to ``then``, and enqueue what was due.

        ``upcoming`` are the runs after ``then``, to be shown.

        Answers the id of the job, or False: someone else ran it, it was only planned, or its time
        has not come.
        """
        if fields.Datetime.to_string(self.next_at) != expected or self not in self._due():
            return False
        self.write({"error": error, "next_at": then, "upcoming": list(upcoming)})
        if not expected or error:
            return False
        try:
            with self.env.cr.savepoint():
                self.last_job_id = self._enqueue()
        except (UserError, AccessError) as refused:
            self._refused(str(refused))
            return False
        return self.last_job_id.id

    def _refused(self, reason):
        """What was due could not be enqueued."""
        self.error = reason
