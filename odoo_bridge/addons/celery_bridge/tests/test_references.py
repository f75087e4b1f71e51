from odoo.tests import tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestReferences(FabricCase):
    def partner(self, **values):
        return {"kind": "create", "model": "res.partner", "values": [values]}

    def write_back_as_admin(self, *operations):
        job, subject = self.in_flight(self.admin)
        [verdict] = self.write_back(self.outcome(subject, *operations))
        return job, verdict

    def test_a_record_made_in_the_same_outcome(self):
        _job, verdict = self.write_back_as_admin(
            self.partner(name="Parent"),
            self.partner(name="Child", parent_id={"$ref": 0}),
            {
                "kind": "call",
                "model": "res.partner",
                "ids": [{"$ref": 1}],
                "method": "write",
                "args": [{"ref": "seen"}],
            },
        )
        (parent,), (child,), _written = verdict["results"]
        child = self.env["res.partner"].browse(child)
        self.assertEqual((child.parent_id.id, child.ref), (parent, "seen"))

    def test_one2many_commands(self):
        _job, verdict = self.write_back_as_admin(
            self.partner(name="Country's"),
            self.partner(name="P", child_ids=[[0, 0, {"name": "C", "ref": "x"}], [4, {"$ref": 0}]]),
        )
        partner = self.env["res.partner"].browse(verdict["results"][1])
        self.assertEqual(set(partner.child_ids.mapped("name")), {"C", "Country's"})

    def test_what_names_no_one_record_is_refused(self):
        several = {"kind": "create", "model": "res.partner", "values": [{"name": "a"}, {"name": "b"}]}
        for reference in (1, 7, -1, "0", None, True, [0, 0]):
            job, verdict = self.write_back_as_admin(
                self.partner(name="First"), self.partner(name="x", parent_id={"$ref": reference})
            )
            self.assertEqual((job.state, verdict["accepted"]), ("dead", True), reference)
            self.assertIn("$ref", job.error)
        job, _verdict = self.write_back_as_admin(several, self.partner(name="x", parent_id={"$ref": 0}))
        self.assertEqual(job.state, "dead")
        self.assertFalse(self.env["res.partner"].search([("name", "in", ["First", "a", "b"])]))

    def test_odoo_asks_for_the_rights_of_the_jobs_user(self):
        # Regression: the transaction's default environment stayed the service account's, so that
        # a message could not be posted to partners which only the job's user may see.
        self.env.transaction.default_env = self.env(user=self.service.id, su=False)
        job, verdict = self.write_back_as_admin({
            "kind": "call",
            "model": "res.partner",
            "ids": self.user.partner_id.ids,
            "method": "message_post",
            "kwargs": {"body": "Hello", "partner_ids": self.user.partner_id.ids},
        })
        self.assertEqual((verdict["state"], job.state, job.error), ("done", "done", False))
        self.assertEqual(self.env.transaction.default_env.user, self.service)
