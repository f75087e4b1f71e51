from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from ..hooks import post_init_hook, uninstall_hook
from .common import QueueJobCase

MANY = 10_000
INSERT = """
INSERT INTO queue_job (
    uuid, state, name, model_name, method_name, channel, priority, user_id, company_id, date_created,
    records, args, kwargs
)
SELECT 'many-' || n, (ARRAY['pending', 'enqueued', 'started', 'done', 'wait_dependencies'])[n %% 5 + 1],
       'Many', 'queue.job', '_test_job', 'root', n %% 20, %(uid)s, 1, now(),
       '{"_type": "odoo_recordset", "model": "queue.job", "ids": [], "uid": 2, "su": false}', '[]', '{}'
FROM generate_series(1, %(many)s * 5 / 3) AS n
"""
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'queue_job_notify'"
LEFT = """
SELECT count(*) FROM (
    SELECT FROM pg_proc WHERE proname LIKE 'celery\\_queue\\_%'
        AND proname <> 'celery_queue_notify' AND proname NOT LIKE 'celery\\_queue\\_tokens'
        AND proname NOT LIKE 'celery\\_queue\\_spend'
    UNION ALL SELECT FROM pg_trigger WHERE tgname LIKE 'celery\\_queue\\_job%'
    UNION ALL SELECT FROM pg_class WHERE relname = 'celery_job_of_queue_job'
) AS left_behind
"""


@tagged("post_install", "-at_install")
class TestHandOver(QueueJobCase):
    def count(self, query):
        self.env.cr.execute(query)
        return self.env.cr.fetchone()[0]

    def test_what_is_unfinished_is_taken_over_with_few_statements(self):
        self.env.cr.execute(INSERT, {"uid": self.user.id, "many": MANY})
        before = self.env.cr.sql_log_count
        post_init_hook(self.env)
        self.assertLess(self.env.cr.sql_log_count - before, 100)
        unfinished = "SELECT count(*) FROM queue_job WHERE state IN ('pending', 'enqueued', 'started')"
        taken = "SELECT count(DISTINCT identity_key) FROM celery_job WHERE identity_key LIKE 'many-%'"
        self.assertEqual(self.count(taken), MANY)
        self.assertEqual(self.count(unfinished), MANY)
        post_init_hook(self.env)
        self.assertEqual(self.count("SELECT count(*) FROM celery_job"), MANY)

    def test_uninstalled_what_is_pending_waits_for_ocas_runner(self):
        self.assertEqual(self.count(TRIGGERS), 0)
        pending, in_flight = self.delay(), self.delay(channel="root.mail")
        subject = self.claimed(in_flight)
        uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual((pending | in_flight).mapped("state"), ["pending", "pending"])
        self.assertEqual(
            self.env["celery.job"].search([("task", "=", "queue_job.perform")]).mapped("state"),
            ["cancelled", "cancelled"],
        )
        (verdict,) = self.write_back({"subject": subject, "state": "done"})
        self.assertFalse(verdict["accepted"])
        self.assertEqual(self.count(TRIGGERS), 1)
        self.assertEqual(self.count(LEFT), 0)
        self.assertEqual(Job.load(self.env, pending.uuid).state, "pending")
