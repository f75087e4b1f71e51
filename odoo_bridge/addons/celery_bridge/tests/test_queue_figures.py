from odoo.tests import tagged

from ..fabric.statements import statement
from ..models import celery_queue_figures
from .common import FabricCase


@tagged("post_install", "-at_install")
class TestQueueFigures(FabricCase):
    def queue(self):
        self.env.invalidate_all()
        return self.env["celery.queue"].search([("name", "=", "default")])

    def test_the_figures_of_a_queue(self):
        for _ in range(4):
            self.enqueue()
        self.env["celery.job"].with_user(self.user).enqueue("demo.task", {}, queue="other")
        claimed = self.claim(4)
        mine = [job for job in claimed if job["queue"] == "default"][:3]
        done, dead, begun = ({"uuid": job["uuid"], "attempt": 1} for job in mine)
        self.write_back(self.outcome(done), self.outcome(dead, state="dead", error="boom"))
        self.fabric("report", reports=[{"subject": begun}])
        queue = self.queue()
        self.assertEqual((queue.pending_count, queue.in_flight_count, queue.started_count), (1, 1, 1))
        self.assertEqual((queue.ended_minute, queue.ended_hour, queue.dead_day), (2, 2, 1))

    def test_what_has_ended_long_ago_does_not_count(self):
        _job, subject = self.in_flight()
        self.write_back(self.outcome(subject))
        self.env.cr.execute("UPDATE celery_job SET date_finished = date_finished - interval '59 min'")
        queue = self.queue()
        self.assertEqual((queue.ended_minute, queue.ended_hour), (0, 1))

    def test_the_oldest_job_may_be_of_any_priority(self):
        self.enqueue(priority=1)
        self.enqueue(priority=20)
        self.assertLess(self.queue().oldest_seconds, 60)
        self.env.cr.execute(
            "UPDATE celery_job SET create_date = create_date - interval '2 hour' WHERE priority = 20"
        )
        queue = self.queue()
        self.assertAlmostEqual(queue.oldest_seconds, 7200, delta=60)
        self.assertEqual(queue.oldest_text, "2 hours")

    def test_nothing_waits(self):
        queue = self.queue()
        self.assertEqual((queue.pending_text, queue.oldest_text), ("0", False))

    def test_more_than_the_limit_is_not_counted(self):
        self.enqueue()
        self.enqueue()
        self.patch(celery_queue_figures, "MOST", 1)
        self.assertEqual(self.queue().pending_text, "1+")

    def test_each_figure_has_its_index(self):
        """Where nothing but an index may be used, the plan names those that the query is written for."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        values = {"ids": self.queue().ids, "most": 10}
        self.env.cr.execute("EXPLAIN " + statement("queue.figures"), values)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        for index in ("ready_ranked", "ended", "dead", "flying"):
            self.assertIn(f"celery_job_{index}", plan)
        self.assertNotIn("Seq Scan on celery_job", plan)
        self.assertNotRegex(plan, r"Sort Key: (?!j.queue\n)")  # those in flight, by queue

    def test_pause_and_resume(self):
        self.enqueue()
        queue = self.queue().with_user(self.admin)
        queue.action_pause()
        self.env.flush_all()
        self.assertFalse(self.claim())
        queue.action_resume()
        self.env.flush_all()
        self.assertEqual(len(self.claim()), 1)

    def test_its_jobs(self):
        action = self.queue().with_context(search_default_failed=1, lang="en_US").action_open_jobs()
        self.assertEqual(action["domain"], [("queue", "=", "default")])
        self.assertEqual(action["context"], {"search_default_failed": 1})
