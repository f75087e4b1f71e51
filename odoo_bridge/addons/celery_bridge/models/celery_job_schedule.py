"""What beat asks of Odoo: which schedules are due, and to run one of them once."""

import json

from odoo import api, fields, models

FIELDS = ["cron", "tz", "window_from", "window_to", "weekdays_only", "next_at"]


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    def fabric_due_schedules(self, _request="{}"):
        """Schedules that are due, or not planned yet; times in UTC, as Odoo writes them."""
        self._check_service()
        due = self.env["celery.schedule"].sudo()._due()
        schedules = [
            {**row, "next_at": fields.Datetime.to_string(row["next_at"]) or ""}
            for row in due.read(FIELDS)
        ]
        return json.dumps({"now": fields.Datetime.to_string(fields.Datetime.now()),
                           "schedules": schedules})

    @api.model
    def fabric_run_schedule(self, request):
        """Run a schedule if it still is where the caller saw it, and say when it runs next."""
        self._check_service()
        run = json.loads(request)
        schedule = self.env["celery.schedule"].sudo().browse(run["id"]).exists()
        job = schedule and schedule._run(
            run["next_at"] or False,
            run["then"] or False,
            run["error"] or False,
            run.get("upcoming") or (),
        )
        return json.dumps({"job": job or 0})
