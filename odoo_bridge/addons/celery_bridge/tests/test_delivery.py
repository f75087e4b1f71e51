from odoo.tests import new_test_user, tagged

from .common import FabricCase

CREATE = {"kind": "create", "model": "res.partner", "values": [{"name": "From a webhook"}]}


@tagged("post_install", "-at_install")
class TestDelivery(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.writer = new_test_user(
            cls.env, login="celery_writer", groups="base.group_user,base.group_partner_manager"
        )
        cls.source = cls.env["celery.source"].create({"name": "shop", "user_id": cls.writer.id})

    def deliver(self, key, *operations, source="shop", **values):
        [verdict] = self.write_back(
            self.outcome({"source": source, "key": key}, *operations, **values)
        )
        return verdict

    def test_written_as_the_user_of_the_source(self):
        verdict = self.deliver("1", CREATE)
        self.assertEqual((verdict["accepted"], verdict["state"]), (True, "done"))
        partner = self.env["res.partner"].browse(verdict["results"][0])
        self.assertEqual(partner.create_uid, self.writer)

    def test_a_duplicate_gets_the_first_results(self):
        first = self.deliver("1", CREATE)
        again = self.deliver("1", CREATE)
        self.assertEqual((again["accepted"], again["state"]), (False, "done"))
        self.assertEqual(again["results"], first["results"])
        partners = self.env["res.partner"].search([("name", "=", "From a webhook")])
        self.assertEqual(partners.ids, first["results"][0])

    def test_two_sources_may_use_the_same_key(self):
        self.source.copy({"name": "other"})
        self.assertTrue(self.deliver("1", CREATE)["accepted"])
        self.assertTrue(self.deliver("1", CREATE, source="other")["accepted"])

    def test_of_a_refused_delivery_nothing_stays(self):
        bad = {"kind": "write", "model": "res.partner", "ids": [2**31 - 1], "values": {"ref": "x"}}
        refused = self.deliver("1", CREATE, bad)
        self.assertEqual((refused["accepted"], refused["state"]), (False, "dead"))
        self.assertTrue(refused["error"])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "From a webhook")]))
        self.assertTrue(self.deliver("1", CREATE)["accepted"])

    def test_a_bad_delivery_fails_alone(self):
        bad = {"kind": "unlink", "model": "res.users", "ids": [1]}
        verdicts = self.write_back(*(
            self.outcome({"source": "shop", "key": key}, operation)
            for key, operation in (("1", CREATE), ("2", bad), ("3", CREATE))
        ))
        self.assertEqual([verdict["state"] for verdict in verdicts], ["done", "dead", "done"])

    def test_no_such_source(self):
        verdict = self.deliver("1", CREATE, source="nobody")
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "dead"))
        self.assertIn("nobody", verdict["error"])

    def test_what_is_not_done_is_not_kept(self):
        verdict = self.deliver("1", CREATE, state="scheduled", retry_in=5)
        self.assertEqual((verdict["accepted"], verdict["state"]), (False, "scheduled"))
        self.assertFalse(self.env["celery.inbox"].search([("key", "=", "1")]))

    def test_a_delivery_has_no_files(self):
        attach = {"kind": "attach", "name": "a", "mimetype": "text/plain", "datas": ""}
        self.assertIn("no job", self.deliver("1", attach)["error"])

    def test_the_rights_are_those_of_the_sources_user(self):
        self.source.user_id = self.user
        self.assertIn("not allowed to create", self.deliver("1", CREATE)["error"])

    def test_reading(self):
        call = {"model": "res.partner", "method": "search", "args": [[["id", "=", 1]]]}
        answer = self.fabric("read_as", subject={"source": "shop"}, **call)
        self.assertEqual(answer, {"result": [1]})
