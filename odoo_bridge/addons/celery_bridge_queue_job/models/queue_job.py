"""Dispatch: a job that is to run gets a ``celery.job`` in the same transaction, which follows it."""

import uuid

from odoo import api, fields, models

from odoo.addons.queue_job.job import CANCELLED, DONE, ENQUEUED, FAILED, PENDING, STARTED, WAIT_DEPENDENCIES

from ..statements import script, statement

NOT_TO_RUN = (DONE, CANCELLED, FAILED, WAIT_DEPENDENCIES)
FOLLOWED = {"state", "eta", "priority", "channel"}
BATCH = 5_000
"""Jobs that one statement takes over."""


class QueueJob(models.Model):
    _inherit = "queue.job"

    celery_job_ids = fields.Many2many(
        "celery.job", string="Celery Jobs", compute="_compute_celery_job_ids"
    )

    def init(self):
        result = super().init()
        for name in ("engine", "take_over"):
            self.env.cr.execute(script(name))
        return result

    def _compute_celery_job_ids(self):
        jobs = self.env["celery.job"].search(
            [("task", "=", "queue_job.perform"), ("identity_key", "in", self.mapped("uuid"))]
        )
        by_uuid = jobs.grouped("identity_key")
        for job in self:
            job.celery_job_ids = by_uuid.get(job.uuid)

    @api.model_create_multi
    @api.private
    def create(self, vals_list):
        jobs = super().create(vals_list)
        jobs.filtered(lambda job: job.state in (PENDING, ENQUEUED))._celery_run("enqueue")
        return jobs

    def write(self, vals):
        result = super().write(vals)
        state = vals.get("state")
        if state in NOT_TO_RUN:
            self._celery_run("withdraw")
        elif state not in (ENQUEUED, STARTED) and not FOLLOWED.isdisjoint(vals):
            self._celery_dispatch()
        return result

    def unlink(self):
        self._celery_run("close")
        return super().unlink()

    def _change_job_state(self, state, result=None):
        """What a person decides counts at once, whatever a worker does with the job now."""
        if state == PENDING:
            self._celery_run("close")
        answer = super()._change_job_state(state, result)
        if state != PENDING:
            self._celery_run("close")
        return answer

    def open_celery_jobs(self):
        """Open the runs of this job at Celery."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Celery Jobs"),
            "res_model": "celery.job",
            "view_mode": "list,form",
            "domain": [("id", "in", self.celery_job_ids.ids)],
        }

    def _celery_dispatch(self):
        """Let the jobs that are pending run, when and where they now say."""
        for name in ("put_back", "follow", "enqueue"):
            self._celery_run(name)

    def _celery_run(self, name):
        """Run a statement of ``sql/dispatch.sql`` on these jobs."""
        if not self:
            return
        self.flush_model()
        correlation_id = self.env.context.get("correlation_id") or uuid.uuid4().hex
        values = {"ids": self.ids, "correlation_id": correlation_id}
        self.env.cr.execute(statement(f"dispatch.{name}"), values)
        self.env["celery.job"].invalidate_model()

    @api.model
    def _celery_holds(self, job_uuid):
        """Whether Celery has the job of this UUID, so that nobody else may run it."""
        self.env.cr.execute(statement("dispatch.holder"), {"uuid": job_uuid})
        return bool(self.env.cr.fetchone())

    @api.model
    def _celery_take_over(self):
        """Enqueue all that has not ended, a bounded number with each statement."""
        last = 0
        while True:
            self.env.cr.execute(statement("dispatch.unfinished"), {"after": last, "limit": BATCH})
            ids = [row[0] for row in self.env.cr.fetchall()]
            if not ids:
                return
            self.browse(ids)._celery_run("enqueue")
            last = ids[-1]
