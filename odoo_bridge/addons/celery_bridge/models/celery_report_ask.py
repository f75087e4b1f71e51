"""Reports that somebody has asked for, and what becomes of their files.

A report is made once for all who ask for the same while it is being made. *The same* is the same task
and params of the same user in the same companies, language and time zone: what one user may see is
never handed to another.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..fabric.limits import limit
from ..identity import exact


class CeleryReportAsk(models.Model):
    """One time that somebody has asked for a report."""

    _name = "celery.report.ask"
    _inherit = "celery.report.delivery"
    _description = "Asked Report"
    _order = "id desc"

    job_id = fields.Many2one("celery.job", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade")
    expires_at = fields.Datetime(index=True, help="Empty until the report is made.")

    def _deliver(self):
        """Announce the files of jobs that are done, inside the transaction in which they are.

        Who was asked to be written to by several gets one mail.
        """
        for job, asks in self.grouped("job_id").items():
            for ask in asks:
                ask.expires_at = fields.Datetime.now() + timedelta(days=ask.keep_days)
            if asks.partner_ids and job.attachment_ids:
                asks._mail(job)

    def _mail(self, job):
        env = self._env_of_mails(job.user_id)
        files = job.attachment_ids
        linked = sum(files.mapped("file_size")) > limit(env, "report_mail_limit") or any(
            file.type == "url" for file in files
        )
        values = {
            "name": job.display_name,
            "asker": job.user_id.name,
            "links": [(file.name, file._celery_link()) for file in files] if linked else [],
            "until": format_date(env, max(self.mapped("expires_at"))),
        }
        body = env["ir.qweb"]._render("celery_bridge.report_mail", values)
        self._send(job.user_id, job.display_name, body, self.partner_ids, () if linked else files)

    @api.autovacuum
    def _remove_expired(self):
        """Remove the files of reports that nobody asked to have any longer, and say so on their jobs."""
        now = fields.Datetime.now()
        over = Domain("expires_at", "<=", now)
        wanted = Domain("expires_at", ">", now) | Domain("expires_at", "=", False)
        jobs = self.search(over & Domain("job_id.ask_ids", "not any", wanted)).job_id
        jobs.attachment_ids.unlink()
        note = self.env._("Its files were removed on %s, as was asked for.", fields.Date.to_string(now.date()))
        jobs._change("report.note", note=note)
        self.search([("job_id", "in", jobs.ids)]).unlink()


class CeleryJob(models.Model):
    _inherit = "celery.job"

    ask_ids = fields.One2many("celery.report.ask", "job_id", "Asked For", readonly=True)
    files_until = fields.Datetime(
        "Files Kept Until", compute="_compute_files_until", help="Empty: as long as the job."
    )

    @api.depends("ask_ids.expires_at")
    def _compute_files_until(self):
        for job in self:
            job.files_until = max(filter(None, job.sudo().ask_ids.mapped("expires_at")), default=False)

    @api.model
    def ask_for_report(self, task, params=None, partner_ids=(), keep_days=None, **options):
        """Enqueue a report for the current user, or join theirs that is being made.

        ``partner_ids`` get its file by e-mail, it is kept for ``keep_days`` (the settings' by default).
        ``options`` are ``description``, ``priority``, ``eta`` and ``notify`` (true by default) of
        ``enqueue``. Answers the ``celery.job``. Raises what ``enqueue`` raises, and
        ``ValidationError`` for somebody without an e-mail address.
        """
        self._check_report_options(options)
        partners = self.env["res.partner"].browse(partner_ids)
        partners.check_access("read")
        options = {"notify": True, **options}
        job = self.enqueue(
            task, params, identity_key=self._same_report, identity="until_done", **options
        )
        # It changes the row: a write-back under way then begins anew, and sees who has joined.
        job._change("report.join", notify=options["notify"])
        values = {"job_id": job.id, "user_id": self.env.uid, "partner_ids": partners.ids}
        if keep_days is not None:
            values["keep_days"] = keep_days
        self.env["celery.report.ask"].sudo().create(values)
        return job

    def _check_report_options(self, options):
        if unknown := set(options) - {"description", "priority", "eta", "notify"}:
            raise TypeError(f"ask_for_report() has no option {sorted(unknown)[0]!r}")

    def _same_report(self, params):
        """Equal for asks that one job answers."""
        behalf = self._on_behalf()
        return exact([params, behalf["user_id"], behalf["context"]])

    def _deliver_reports(self):
        """What was asked for with these jobs, which are being done."""
        self.env["celery.report.ask"].sudo().search([("job_id", "in", self.ids)])._deliver()
