"""Jobs of queue_job, and what Celery knows of them."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.celery_bridge.tests.common import FabricCase
from odoo.addons.queue_job.job import Job


class QueueJobCase(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["queue.job"].search([]).unlink()
        cls.env["queue.job.channel"].search([])._celery_give_queues()

    def delay(self, **options):
        """A ``queue.job`` that does nothing."""
        job = self.env["queue.job"].with_delay(**options)._test_job()
        return self.env["queue.job"].search([("uuid", "=", job.uuid)])

    def celery(self, queue_job):
        """Its ``celery.job``s, the newest first."""
        return self.env["celery.job"].search([("identity_key", "=", queue_job.uuid)])

    def claimed(self, queue_job):
        """The subject by which a worker names the attempt that was claimed just now."""
        (envelope,) = [each for each in self.claim() if each["params"]["uuid"] == queue_job.uuid]
        return {"uuid": envelope["uuid"], "attempt": envelope["attempt"]}

    @contextmanager
    def committing(self):
        """What commits or opens a cursor of its own does so in the test's transaction."""
        with (
            patch.object(self.env.cr, "commit", self.env.flush_all),
            patch.object(self.env.cr, "rollback", self.env.invalidate_all),
            patch.object(Job, "in_temporary_env") as temporary,
        ):
            temporary.return_value.__enter__.return_value = self.env
            yield

    def perform(self, subject):
        with self.committing():
            return self.fabric("perform_queue_job", subject=subject)
