"""Reports that failed: who waits for one is told by e-mail, and who asked for it in Odoo, too.

A scheduled action does it, so that a mail which cannot be made keeps no outcome from being stored, and
so that jobs which died without an outcome (their worker was lost again and again) are told of as well.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models

from ..fabric.reasons import in_words

_logger = logging.getLogger(__name__)
LATEST = timedelta(days=1)
"""What failed longer ago is no news."""


class CeleryReportAsk(models.Model):
    _inherit = "celery.report.ask"

    failure_told = fields.Integer(
        readonly=True, aggregator=None, help="The attempt whose failure was told; 0: none."
    )

    @api.model
    def _have_failures_told(self, job_ids):
        """Once these jobs' deaths have committed, see ``_tell_failures``."""
        if self.search_count([("job_id", "in", job_ids)], limit=1):
            self.env.ref("celery_bridge.cron_report_failures")._trigger()

    @api.model
    def _tell_failures(self):
        """Tell of reports that have failed, each attempt of a job once."""
        since = fields.Datetime.now() - LATEST
        dead = self.search([("job_id.state", "=", "dead"), ("job_id.date_finished", ">=", since)])
        untold = dead.filtered(lambda ask: ask.failure_told != ask.job_id.attempt)
        for job, asks in untold.grouped("job_id").items():
            try:
                with self.env.cr.savepoint():
                    asks._tell_failure(job)
            except Exception:  # whatever is wrong with one, people hear of the others
                _logger.exception("nobody was told that job %s failed", job.uuid)

    def _tell_failure(self, job):
        self.failure_told = job.attempt
        people = self.partner_ids
        if not job.notify:  # a schedule's: nobody looks on, so that its user is told both ways
            people |= job.user_id.partner_id.filtered("email")
            job._change("report.join", notify=True)
        self._mail_failure(job.display_name, job, in_words(self._env_of_mails(job.user_id), job.error), people)


class CeleryReportDelivery(models.AbstractModel):
    _inherit = "celery.report.delivery"

    def _mail_failure(self, name, record, reason, partners):
        """Tell partners why a report is not there; ``record``, a job or schedule, is linked."""
        if not partners:
            return
        env = self._env_of_mails(record.user_id)
        values = {
            "name": name,
            "asker": record.user_id.name,
            "reason": reason,
            "link": f"{record.get_base_url()}/odoo/{record._name}/{record.id}",
        }
        body = env["ir.qweb"]._render("celery_bridge.report_failed_mail", values)
        self._send(record.user_id, env._("Not made: %s", name), body, partners)
