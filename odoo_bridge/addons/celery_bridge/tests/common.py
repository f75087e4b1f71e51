"""A database with one task, one ordinary user, and the service account to speak for workers."""

import json

from odoo.tests import TransactionCase, new_test_user

SCHEMA = {
    "type": "object",
    "properties": {
        "pricelist_id": {"type": "integer"},
        "text": {"type": "string"},
    },
    "additionalProperties": False,
}


class FabricCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for table in ("celery_job", "celery_task", "celery_queue"):
            cls.env.cr.execute(f"DELETE FROM {table}")
        cls.env.invalidate_all()
        cls.service = cls.env.ref("celery_bridge.user_service")
        cls.admin = cls.env.ref("base.user_admin")
        cls.user = new_test_user(cls.env, login="celery_asker", groups="base.group_user")
        cls.fabric("register_tasks", tasks=[
            {
                "name": "demo.task",
                "queue": "default",
                "schema": SCHEMA,
                "max_attempts": 3,
                "description": "Demonstrate",
            }
        ])

    @classmethod
    def fabric(cls, method, /, **request):
        """Call a method of the protocol as the service account."""
        jobs = cls.env["celery.job"].with_user(cls.service)
        return json.loads(getattr(jobs, f"fabric_{method}")(json.dumps(request)))

    def enqueue(self, user=None, **options):
        jobs = self.env["celery.job"].with_user(user or self.user)
        return jobs.enqueue("demo.task", {}, **options).with_user(self.env.user)

    def claim(self, limit=100):
        return self.fabric("claim", limit=limit)["jobs"]

    def in_flight(self, user=None):
        """A job that was just claimed, and the subject that its worker names it by."""
        job = self.enqueue(user)
        self.claim()
        return job, {"uuid": job.uuid, "attempt": job.attempt}

    def write_back(self, *outcomes):
        return self.fabric("write_back", outcomes=list(outcomes))["verdicts"]

    def outcome(self, subject, *operations, **values):
        return {"subject": subject, "state": "done", "operations": list(operations), **values}
