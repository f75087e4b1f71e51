"""What happens to a ``celery.job`` of the task happens to its ``queue.job``."""

import json
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import ValidationError

from odoo.addons.celery_bridge.fabric.subject import NotInFlight, for_an_attempt
from odoo.addons.queue_job.job import CANCELLED, Job

from ..performing import perform
from ..statements import TASK


class CeleryJob(models.Model):
    _inherit = "celery.job"
    _service_methods = {"fabric_perform_queue_job": "it runs what Odoo's code has delayed, as that says"}

    @api.model
    @for_an_attempt
    def fabric_perform_queue_job(self, request):
        """Perform the ``queue.job`` of an attempt: ``{"state", "result", "error", "seconds"}``.

        In transactions of its own, as OCA's controller does it: that the job has started is
        committed first, then what it did together with its end. Asked again, it tells how the job
        stands: ``done``, ``failed``, ``postponed`` for so many ``seconds``, or ``busy``.
        """
        self._check_service()
        subject = json.loads(request)["subject"]
        self.env.flush_all()
        attempt = self._job_in_flight(subject)
        if not attempt:
            raise NotInFlight
        job = self.sudo().browse(attempt["id"])
        if job.task != TASK:
            raise ValidationError(self.env._("Job %s is not one of queue_job.", job.uuid))
        root = self.env(user=SUPERUSER_ID, context={}, su=True)
        with _default(root):
            answer = perform(root, job.identity_key)
        if answer is None:
            job.with_env(root)._change("job.cancel")
            raise NotInFlight
        return json.dumps(answer)

    def action_cancel(self):
        result = super().action_cancel()
        for job in self._queue_jobs().filtered(lambda each: each.state == CANCELLED):
            Job.load(job.env, job.uuid).cancel_dependent_jobs()
        return result

    def action_mark_done(self):
        result = super().action_mark_done()
        self._queue_jobs().button_done()
        return result

    def action_requeue(self):
        result = super().action_requeue()
        self._queue_jobs().requeue()
        return result

    def _queue_jobs(self):
        """The jobs of queue_job that these are about, as superuser."""
        jobs = self.env["queue.job"].sudo()
        jobs.invalidate_model()
        uuids = self.sudo().filtered(lambda job: job.task == TASK).mapped("identity_key")
        return jobs.search([("uuid", "in", uuids)])

    def _columns(self, task, options):
        if task.name == TASK:
            raise ValidationError(
                self.env._("%s is for jobs of queue_job: call the method through with_delay().", TASK)
            )
        return super()._columns(task, options)


@contextmanager
def _default(env):
    """Let Odoo flush and recompute with ``env``, as OCA's controller does (its ``update_env``).

    Not ``celery_bridge``'s ``in_charge``: that also keeps jobs off models that give rights, for they
    come from a worker. What is performed here is Odoo's own code.
    """
    transaction = env.transaction
    before, transaction.default_env = transaction.default_env, env
    try:
        yield
    finally:
        transaction.default_env = before
