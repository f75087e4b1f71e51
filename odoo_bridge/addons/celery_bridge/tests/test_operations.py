import base64

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestOperations(FabricCase):
    def apply(self, *operations, user=None):
        """The job, the results of its operations, and its error."""
        job, subject = self.in_flight(user or self.admin)
        [verdict] = self.write_back(self.outcome(subject, *operations))
        return job, verdict["results"], verdict["error"]

    def test_create(self):
        values = [{"name": "One"}, {"name": "Two"}]
        _job, [ids], _error = self.apply(
            {"kind": "create", "model": "res.partner", "values": values}
        )
        self.assertEqual(self.env["res.partner"].browse(ids).mapped("name"), ["One", "Two"])

    def test_write_and_unlink(self):
        partners = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        write = {
            "kind": "write", "model": "res.partner", "ids": partners.ids, "values": {"ref": "r"}
        }
        unlink = {"kind": "unlink", "model": "res.partner", "ids": partners[1].ids}
        _job, results, _error = self.apply(write, unlink)
        self.assertEqual(results, [True, True])
        self.assertEqual(partners.exists().mapped("ref"), ["r"])

    def test_call(self):
        partner = self.env["res.partner"].create({"name": "One"})
        call = {"kind": "call", "model": "res.partner"}
        _job, results, _error = self.apply(
            {**call, "ids": partner.ids, "method": "copy", "kwargs": {"default": {"ref": "c"}}},
            {**call, "method": "name_search", "args": ["One"], "kwargs": {"limit": 1}},
            {**call, "ids": partner.ids, "method": "action_archive"},
        )
        [copy] = self.env["res.partner"].browse(results[0])
        self.assertEqual(copy.ref, "c")
        self.assertEqual(len(results[1]), 1)
        self.assertFalse(partner.active)

    def test_a_private_method_is_not_called(self):
        call = {"kind": "call", "model": "res.partner", "ids": []}
        for method in ("_write", "sudo", "with_user"):
            job, _results, error = self.apply({**call, "method": method})
            self.assertEqual(job.state, "dead", method)
            self.assertIn("Private methods", error)

    def test_guarded_models(self):
        for model in ("ir.cron", "res.users", "res.groups", "celery.source", "celery.job"):
            job, _results, error = self.apply({"kind": "write", "model": model, "ids": [1]})
            self.assertEqual(job.state, "dead", model)
            self.assertIn("out of reach", error)

    def test_an_unknown_model_and_an_unknown_kind(self):
        _job, _results, error = self.apply({"kind": "unlink", "model": "no.such", "ids": []})
        self.assertIn("no.such does not exist", error)
        _job, _results, error = self.apply({"kind": "drop"})
        self.assertIn("drop is not an operation (known: create, write", error)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_file_is_the_users_who_asked(self):
        datas = base64.b64encode(b"content").decode()
        job, [attachment_id], _error = self.apply(
            {"kind": "attach", "name": "a.txt", "mimetype": "text/plain", "datas": datas},
            user=self.user,
        )
        attachment = job.with_user(self.user).attachment_ids
        self.assertEqual(attachment.ids, [attachment_id])
        self.assertEqual(attachment.raw, b"content")
        self.assertEqual(attachment.create_uid, self.user)
        self.assertEqual(job.attachment_count, 1)

    def test_the_company_is_the_jobs(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids |= other
        job = self.env["celery.job"].with_user(self.admin).with_company(other).enqueue("demo.task")
        self.claim()
        default = {"kind": "call", "model": "res.currency.rate", "method": "default_get",
                   "args": [["company_id"]]}
        [verdict] = self.write_back(self.outcome({"uuid": job.uuid, "attempt": 1}, default))
        self.assertEqual(verdict["results"], [{"company_id": other.id}])
        self.assertEqual(job.company_id, other)

    def test_a_company_that_the_user_has_left(self):
        one, other = self.env["res.company"].create([{"name": "One"}, {"name": "Other"}])
        self.user.company_ids |= one + other
        jobs = self.env["celery.job"].with_user(self.user).sudo()
        in_left = jobs.with_context(allowed_company_ids=[other.id]).enqueue("demo.task")
        beside = jobs.with_context(allowed_company_ids=[one.id, other.id]).enqueue("demo.task")
        self.claim()
        self.user.company_ids -= other
        search = {"kind": "call", "model": "res.partner", "method": "search", "args": [[], 0, 1]}
        verdicts = self.write_back(*(
            self.outcome({"uuid": job.uuid, "attempt": 1}, search)
            for job in (in_left.with_user(self.admin).sudo(), beside.with_user(self.admin).sudo())
        ))
        self.assertEqual([verdict["state"] for verdict in verdicts], ["dead", "done"])
        self.assertIn("unauthorized or invalid companies", verdicts[0]["error"])
