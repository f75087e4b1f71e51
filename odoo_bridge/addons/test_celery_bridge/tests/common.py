"""Things of an ordinary user, and what a worker does with a ``records.call``."""

from odoo.addons.celery_bridge.tests.common import FabricCase


class ThingCase(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["celery.task"].init()
        cls.things = cls.env["test.celery.thing"].with_user(cls.user).create(
            [{"name": "a"}, {"name": "b"}]
        )

    def work(self):
        """Claim all that waits and write the calls back as a worker does; the jobs, in their order."""
        claimed = self.claim()
        self.write_back(*(
            self.outcome(
                {"uuid": job["uuid"], "attempt": job["attempt"]},
                {"kind": "call", **job["params"]},
                result={},
            )
            for job in claimed
        ))
        self.env.invalidate_all()
        jobs = self.env["celery.job"].search([])
        return jobs.browse(
            jobs.filtered(lambda each, uuid=job["uuid"]: each.uuid == uuid).id for job in claimed
        )
