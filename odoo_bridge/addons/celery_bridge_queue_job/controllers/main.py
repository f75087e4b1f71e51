import logging

from odoo.addons.queue_job.controllers.main import RunJobController

_logger = logging.getLogger(__name__)


class GuardedRunJobController(RunJobController):
    """OCA's jobrunner may still ask for jobs that it remembers: those are Celery's now."""

    @classmethod
    def _acquire_job(cls, env, job_uuid):
        if env["queue.job"]._celery_holds(job_uuid):
            _logger.warning(
                "job %s runs through Celery: take queue_job off server_wide_modules", job_uuid
            )
            return None
        return super()._acquire_job(env, job_uuid)
