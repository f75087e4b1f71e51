from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..graph import chain, group, job
from .common import FabricCase


@tagged("post_install", "-at_install")
class TestGraph(FabricCase):
    def enqueue_graph(self, graph):
        return graph.enqueue(self.env(user=self.user)).with_user(self.env.user)

    def run_all(self, result=1):
        """Claim and finish until nothing is left; the texts in the order of their claims."""
        order = []
        while jobs := self.claim():
            order.append(sorted(each["params"].get("text", "") for each in jobs))
            self.write_back(*(
                self.outcome({"uuid": each["uuid"], "attempt": each["attempt"]}, result=result)
                for each in jobs
            ))
        self.env.invalidate_all()
        return order

    def text(self, text, **options):
        return job("demo.task", {"text": text}, **options)

    def test_chain_and_group(self):
        jobs = self.enqueue_graph(chain([
            self.text("a"), group([self.text("b"), self.text("c")]), self.text("d"),
        ]))
        self.assertEqual(jobs.mapped("state"), ["pending", "waiting", "waiting", "waiting"])
        self.assertEqual(self.run_all(), [["a"], ["b", "c"], ["d"]])
        self.assertEqual(set(jobs.mapped("state")), {"done"})

    def test_then_and_on_failure(self):
        graph = group([self.text("a"), self.text("b")]).then(self.text("c"))
        jobs = self.enqueue_graph(graph.on_failure(self.text("alarm")))
        self.claim()
        self.write_back(self.outcome({"uuid": jobs[0].uuid, "attempt": 1}, state="dead"))
        self.assertEqual(self.run_all(), [["alarm"]])
        self.assertEqual(jobs.mapped("state"), ["dead", "enqueued", "cancelled", "done"])

    def test_a_result_is_handed_on(self):
        self.enqueue_graph(chain([
            self.text("a"), job("demo.task", {"pricelist_id": {"$result": 0}}),
        ]))
        [first] = self.claim()
        self.write_back(self.outcome({"uuid": first["uuid"], "attempt": 1}, result=42))
        [second] = self.claim()
        self.assertEqual(second["params"], {"pricelist_id": 42})

    def test_a_result_that_nobody_gives(self):
        for graph in (
            job("demo.task", {"pricelist_id": {"$result": 0}}),
            chain([self.text("a"), job("demo.task", {"pricelist_id": {"$result": 1}})]),
        ):
            with self.assertRaisesRegex(ValidationError, "params.pricelist_id"):
                self.enqueue_graph(graph)

    def test_jobs_that_are_there_already(self):
        jobs = self.env["celery.job"].with_user(self.user)
        first = jobs.enqueue("demo.task", {"text": "a"})
        jobs.enqueue("demo.task", {"text": "b"}, depends_on=first)
        jobs.enqueue("demo.task", {"text": "alarm"}, on_failure_of=first.ids)
        self.assertEqual(self.run_all(), [["a"], ["b"]])

    def test_ten_thousand_jobs_are_one_statement(self):
        self.enqueue_graph(self.text("first"))  # what is read once is cached now
        graph = self.text("head").then(group(self.text("x") for _ in range(9998)))
        graph = graph.then(self.text("tail"))
        with self.assertQueryCount(2):  # the task, and the insert
            jobs = graph.enqueue(self.env(user=self.user))
        self.assertEqual(len(jobs), 10000)
        self.env.cr.execute("SELECT count(*) FROM celery_job_edge")
        self.assertEqual(self.env.cr.fetchone(), (2 * 9998,))

    def test_too_many_edges(self):
        many = group(self.text("x") for _ in range(400))
        with self.assertRaisesRegex(ValidationError, "edges"):
            self.enqueue_graph(many.then(group(self.text("y") for _ in range(400))))

    def test_a_chain_of_nothing(self):
        with self.assertRaises(ValueError):
            chain([])
