"""Jobs that run here and now: on a developer's machine without workers, and in addons' tests."""

import time

from odoo import models
from odoo.tools import str2bool

from ..fabric.call_later import TASK
from ..fabric.operations import apply_operations
from ..fabric.settlement import Settlement
from ..fabric.subject import acting_as, in_charge

WORKER = "inline"


class CeleryJob(models.Model):
    _inherit = "celery.job"

    def _insert_jobs(self, jobs, common=None):
        inserted = super()._insert_jobs(jobs, common)
        if self._runs_inline():
            for job in inserted.sudo():
                # With an identity key it may be another user's job that is there already.
                if job.task == TASK and job.user_id == self.env.user:
                    job._run_here(call)
        return inserted

    def _runs_inline(self):
        """The context key ``celery_inline``, and without it the system parameter of all."""
        inline = self.env.context.get("celery_inline")
        if inline is None:
            parameters = self.env["ir.config_parameter"].sudo()
            inline = str2bool(parameters.get_param("celery_bridge.inline"), default=False)
        return inline

    def _run_here(self, function):
        """Do this job now, in a savepoint, as its user; it is ``done`` then.

        ``function(env, job, params)`` answers the result. Neither its eta, its priority nor its keys
        matter. False, and nothing happens, when the job has begun, has ended, or waits for a job that
        is not done. Raises what the function raises, ``AccessError`` when the user is archived; the
        job then is as it was before.
        """
        self.ensure_one()
        started_at = time.time()
        with self.env.cr.savepoint():
            claimed = self._one("inline.begin", {"id": self.id}) and self._one(
                "inline.claim", {"id": self.id}
            )
            if not claimed:
                return False
            self.invalidate_recordset()
            params, user_id, context = claimed
            env = acting_as(self.env, user_id, {**context, **self._inline_too()})
            with in_charge(env):
                result = function(env, self.with_env(env), params)
                env.flush_all()
            self._finish_here(result, started_at)
        return True

    def _inline_too(self):
        """Jobs that an inline job enqueues are inline, too."""
        inline = self.env.context.get("celery_inline")
        return {} if inline is None else {"celery_inline": inline}

    def _finish_here(self, result, started_at):
        outcome = {
            "subject": {},
            "state": "done",
            "result": result,
            "started_at": started_at,
            "seconds": time.time() - started_at,
            "worker": WORKER,
        }
        job = {"id": self.id, "uuid": self.uuid, "user_id": self.user_id.id}
        settlement = Settlement(outcome, job)
        settlement.accept()
        self._finish([settlement])


def call(env, job, params):
    """``records.call`` as a worker and Odoo do it between them (the fabric's ``tasks/records/call.py``)."""
    apply_operations(env, [(job, [{**params, "kind": "call"}])])
    return {"model": params["model"], "method": params["method"], "records": len(params.get("ids", ()))}
