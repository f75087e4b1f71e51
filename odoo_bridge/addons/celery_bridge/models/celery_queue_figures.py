"""What people see of a queue: how much waits and since when, what runs, how much has ended."""

from datetime import timedelta

from babel.dates import format_timedelta

from odoo import fields, models
from odoo.tools.misc import babel_locale_parse, formatLang, get_lang

from ..fabric.statements import statement

MOST = 10000
"""What is counted exactly; beyond that there are "10,000+"."""
COUNTS = ("pending", "enqueued", "started", "ended_minute", "ended_hour", "dead_day")


class CeleryQueue(models.Model):
    _inherit = "celery.queue"

    pending_count = fields.Integer("Pending (counted)", compute="_compute_figures")
    in_flight_count = fields.Integer("In Flight", compute="_compute_figures")
    started_count = fields.Integer("Running", compute="_compute_figures")
    ended_minute = fields.Integer("Ended in a Minute (counted)", compute="_compute_figures")
    ended_hour = fields.Integer("Ended in an Hour (counted)", compute="_compute_figures")
    dead_day = fields.Integer("Failed in a Day (counted)", compute="_compute_figures")
    pending_text = fields.Char("Pending", compute="_compute_figures", help="Claimable now.")
    ended_minute_text = fields.Char("Last Minute", compute="_compute_figures", help="Jobs that ended.")
    ended_hour_text = fields.Char("Last Hour", compute="_compute_figures", help="Jobs that ended.")
    dead_day_text = fields.Char("Failed Today", compute="_compute_figures", help="In 24 hours.")
    oldest_seconds = fields.Float("Oldest (s)", compute="_compute_figures")
    oldest_text = fields.Char(
        "Oldest", compute="_compute_figures", help="How long the job that waits longest has waited."
    )

    def _compute_figures(self):
        figures = self._figures()
        locale = babel_locale_parse(get_lang(self.env).code)
        for queue in self:
            row = figures.get(queue._origin.id, {})
            seconds = row.get("oldest_seconds")
            counts = {name: row.get(name, 0) for name in COUNTS}
            queue.pending_count = counts["pending"]
            queue.in_flight_count = counts["enqueued"] + counts["started"]
            queue.started_count = counts["started"]
            queue.oldest_seconds = seconds or 0
            queue.oldest_text = seconds is not None and format_timedelta(
                timedelta(seconds=max(seconds, 1)), threshold=1.5, locale=locale
            )
            for name in ("ended_minute", "ended_hour", "dead_day"):
                queue[name] = counts[name]
            for name in ("pending", "ended_minute", "ended_hour", "dead_day"):
                queue[f"{name}_text"] = self._counted(counts[name])

    def _figures(self):
        """The figures of these queues by id, in one query (``sql/queue.sql``)."""
        self.env.flush_all()
        values = {"ids": self._origin.ids, "most": MOST}
        self.env.cr.execute(statement("queue.figures"), values)
        return {row["id"]: row for row in self.env.cr.dictfetchall()}

    def _counted(self, count):
        text = formatLang(self.env, min(count, MOST), digits=0)
        return f"{text}+" if count > MOST else text

    def action_pause(self):
        """Claim no more jobs of these queues; those in flight finish."""
        self.paused = True

    def action_resume(self):
        """Claim their jobs again."""
        self.paused = False

    def action_open_jobs(self):
        """The jobs of the queue; the context may name the filters that are set."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("celery_bridge.celery_job_action")
        action["domain"] = [("queue", "=", self.name)]
        action["context"] = {
            name: 1 for name in self.env.context if name.startswith("search_default_")
        }
        return action
