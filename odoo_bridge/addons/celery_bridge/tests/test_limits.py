from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..fabric.limits import DEFAULTS, limit
from .common import FabricCase


@tagged("post_install", "-at_install")
class TestLimits(FabricCase):
    def set_limit(self, name, size):
        self.env["ir.config_parameter"].set_param(f"celery_bridge.{name}", size)

    def test_params_over_the_limit_say_their_size(self):
        with self.assertRaisesRegex(ValidationError, "params are 70012 bytes, more than 65536"):
            self.env["celery.job"].enqueue("demo.task", {"text": "x" * 70_000})
        self.assertFalse(self.env["celery.job"].search([]))

    def test_a_result_over_the_limit_makes_the_job_dead_and_changes_nothing(self):
        self.set_limit("result_limit", "100")
        job, subject = self.in_flight(self.admin)
        other, other_subject = self.in_flight(self.admin)
        create = {"kind": "create", "model": "res.partner", "values": [{"name": "Of a large result"}]}
        verdicts = self.write_back(
            self.outcome(subject, create, result="x" * 200), self.outcome(other_subject, result="x")
        )
        self.assertEqual([each["state"] for each in verdicts], ["dead", "done"])
        self.assertTrue(verdicts[0]["accepted"])
        self.assertIn("The result is 202 bytes, more than 100", job.error)
        self.assertFalse(job.result)
        self.assertEqual(other.result, "x")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Of a large result")]))

    def test_what_a_delivery_answers_over_the_limit_is_not_kept(self):
        self.set_limit("result_limit", "20")
        self.env["celery.source"].create({"name": "shop", "user_id": self.admin.id})
        call = {"kind": "call", "model": "res.partner", "method": "search", "args": [[], 0, 20]}
        [verdict] = self.write_back(self.outcome({"source": "shop", "key": "1"}, call))
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "dead"))
        self.assertIn("more than 20", verdict["error"])
        self.assertFalse(self.env["celery.inbox"].search([]))

    def test_a_limit_is_a_number_of_bytes(self):
        for value in ("64k", "-1", "0", "1.5", "none"):
            with self.assertRaisesRegex(ValidationError, "must be a number of bytes, not " + value):
                self.set_limit("params_limit", value)

    def test_without_a_parameter_the_default_holds(self):
        for name, size in DEFAULTS.items():
            self.assertEqual(limit(self.env, name), size)
            self.set_limit(name, False)
            self.assertEqual(limit(self.env, name), size)

    def test_a_long_error_is_cut(self):
        job, subject = self.in_flight()
        self.write_back(self.outcome(subject, state="dead", error="e" * 100_000, traceback="t" * 100_000))
        self.assertEqual((len(job.error), len(job.traceback)), (65_536, 65_536))
