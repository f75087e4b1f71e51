from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestUpsert(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,base.group_partner_manager"
        cls.writer = new_test_user(cls.env, login="celery_writer", groups=groups)
        cls.source = cls.env["celery.source"].create({"name": "shop", "user_id": cls.writer.id})
        cls.events = 0

    def upsert(self, name, values, **options):
        operation = {"kind": "upsert", "model": "res.partner", "values": values, **options}
        return operation if name is None else {**operation, "key": f"webhook_shop.{name}"}

    def deliver(self, *operations):
        [verdict] = self.deliver_together(operations)
        return verdict

    def deliver_together(self, *outcomes):
        made = []
        for operations in outcomes:
            type(self).events += 1
            made.append(self.outcome({"source": "shop", "key": str(self.events)}, *operations))
        return self.write_back(*made)

    def done(self, verdict):
        self.assertEqual(verdict["state"], "done", verdict["error"])
        return [result["done"] for result in verdict["results"]]

    def partner(self, name):
        return self.env.ref(f"webhook_shop.{name}")

    def test_created_then_written_by_its_external_id(self):
        first = self.deliver(self.upsert("p1", {"name": "A"}, new={"ref": "once"}, version=1))
        again = self.deliver(self.upsert("p1", {"name": "B"}, new={"ref": "twice"}, version=2))
        self.assertEqual(self.done(first) + self.done(again), ["created", "written"])
        self.assertEqual(first["results"][0]["id"], again["results"][0]["id"])
        self.assertEqual((self.partner("p1").name, self.partner("p1").ref), ("B", "once"))
        self.assertEqual(self.partner("p1").create_uid, self.writer)

    def test_an_older_version_changes_nothing(self):
        self.deliver(self.upsert("p1", {"name": "New"}, version=2))
        older = self.deliver(self.upsert("p1", {"name": "Old"}, version=1))
        self.assertEqual((self.done(older), self.partner("p1").name), (["older"], "New"))
        self.assertEqual(older["results"][0]["id"], self.partner("p1").id)

    def test_what_says_the_same_is_not_written_again(self):
        self.deliver(self.upsert("p1", {"name": "A"}, version=1))
        self.partner("p1").name = "By a person"
        same = self.deliver(self.upsert("p1", {"name": "A"}, version=2))
        self.assertEqual((self.done(same), self.partner("p1").name), (["unchanged"], "By a person"))

    def test_the_same_record_twice_in_one_call_is_written_in_order(self):
        verdicts = self.deliver_together(
            [self.upsert("p1", {"name": "A", "ref": "kept"}, version=1)],
            [self.upsert("p1", {"name": "C"}, version=3)],
            [self.upsert("p1", {"name": "B"}, version=2)],
        )
        self.assertEqual([each for v in verdicts for each in self.done(v)], ["created", "written", "older"])
        self.assertEqual((self.partner("p1").name, self.partner("p1").ref), ("C", "kept"))

    def test_a_record_that_was_deleted_is_made_again(self):
        self.deliver(self.upsert("p1", {"name": "A"}, version=1))
        self.partner("p1").unlink()
        self.assertEqual(self.done(self.deliver(self.upsert("p1", {"name": "A"}, version=1))), ["created"])
        self.assertEqual(self.partner("p1").name, "A")

    def test_a_match_finds_what_has_no_external_id_yet(self):
        known = self.env["res.partner"].create({"name": "Known", "email": "Known@Example.com"})
        match = [{"ref": "nobody"}, {"email_normalized": "known@example.com"}]
        found = self.deliver(self.upsert("p1", {"phone": "1"}, match=match))
        self.assertEqual((self.done(found), self.partner("p1")), (["written"], known))
        self.assertEqual((known.name, known.phone), ("Known", "1"))

    def test_get_or_create(self):
        operation = self.upsert(None, {"name": "N", "email": "n@x.org"}, match=[{"email_normalized": "n@x.org"}], update=False)
        child = self.upsert("c1", {"name": "C", "parent_id": {"$ref": 0}})
        other = self.upsert("c2", {"name": "D", "parent_id": {"$ref": 0}})
        one, two = self.deliver_together([operation, child], [operation, other])
        self.assertEqual(self.done(one) + self.done(two), ["created", "created", "found", "created"])
        self.assertEqual(self.partner("c1").parent_id, self.partner("c2").parent_id)
        self.assertEqual(self.done(self.deliver(operation)), ["found"])
        self.partner("c1").parent_id.email = "m@x.org"
        self.assertEqual(self.done(self.deliver(operation)), ["created"])

    def test_a_match_on_several_fields_counts_as_a_whole(self):
        partners = self.env["res.partner"]
        partners.create([{"name": "A", "ref": "2"}, {"name": "B", "ref": "1"}])
        wanted = partners.create({"name": "A", "ref": "1"})
        made = self.deliver_together(
            [self.upsert(None, {"name": "A"}, match=[{"name": "A", "ref": "1"}], update=False)],
            [self.upsert(None, {"name": "B"}, match=[{"name": "B", "ref": "1"}], update=False)],
            [self.upsert(None, {"name": "B", "ref": "3"}, match=[{"name": "B", "ref": "3"}], update=False)],
        )
        self.assertEqual(made[0]["results"][0], {"id": wanted.id, "done": "found"})
        self.assertEqual([self.done(verdict) for verdict in made], [["found"], ["found"], ["created"]])

    def lines(self, *names, **values):
        return {"child_ids": [{"key": f"webhook_shop.{name}", "values": {"name": name, **values}} for name in names]}

    def test_lines_are_kept_in_step_and_people_s_own_stay(self):
        self.deliver(self.upsert("p1", {"name": "P"}, lines=self.lines("l1", "l2"), version=1))
        parent, second = self.partner("p1"), self.partner("l2")
        own = self.env["res.partner"].create({"name": "own", "parent_id": parent.id})
        verdict = self.deliver(self.upsert("p1", {"name": "P"}, lines=self.lines("l2", "l3", ref="x"), version=2))
        self.assertEqual(self.done(verdict), ["written"])
        self.assertEqual(set(parent.child_ids.mapped("name")), {"l2", "l3", "own"})
        self.assertEqual((self.partner("l2"), second.ref, own.ref), (second, "x", False))
        self.assertFalse(self.env.ref("webhook_shop.l1", raise_if_not_found=False))
        self.assertEqual(self.partner("l3").parent_id, parent)

    def test_lines_that_people_made_are_not_touched(self):
        parent = self.env["res.partner"].create({"name": "P", "ref": "r", "child_ids": [(0, 0, {"name": "own"})]})
        self.deliver(self.upsert("p1", {"name": "Q"}, match=[{"ref": "r"}], lines=self.lines("l1")))
        self.assertEqual((parent.name, parent.child_ids.mapped("name")), ("Q", ["own"]))

    def test_a_bad_one_fails_alone(self):
        bad = self.upsert("p2", {"name": False})
        verdicts = self.deliver_together([self.upsert("p1", {"name": "A"})], [bad], [self.upsert("p3", {"name": "C"})])
        self.assertEqual([verdict["state"] for verdict in verdicts], ["done", "dead", "done"])
        self.assertEqual(self.done(self.deliver(self.upsert("p2", {"name": "B"}))), ["created"])

    def test_external_ids_of_others_are_out_of_reach(self):
        for key in ("base.main_company", "webhook_shop", "webhook_shop.", "", None):
            operation = {**self.upsert("x", {"name": "A"}), "key": key}
            self.assertIn("external id", self.deliver(operation)["error"], key)
        line = {"child_ids": [{"key": "base.main_partner", "values": {"name": "L"}}]}
        self.assertIn("external id", self.deliver(self.upsert("p1", {"name": "P"}, lines=line))["error"])

    def test_with_the_rights_of_the_source_s_user(self):
        self.source.user_id = self.user
        self.assertIn("not allowed", self.deliver(self.upsert("p1", {"name": "A"}))["error"])
        guarded = {**self.upsert("u1", {"name": "A"}), "model": "res.users"}
        self.assertIn("out of reach", self.deliver(guarded)["error"])

    def test_the_last_operations_of_all_are_done_together(self):
        calls = []
        partners = type(self.env["res.partner"])
        create = partners.create

        def counted(records, values):
            calls.append(len(values))
            return create(records, values)

        child = {"name": "C", "parent_id": {"$ref": 0}}
        with patch.object(partners, "create", counted):
            verdicts = self.deliver_together(
                [self.upsert("a", {"name": "A"})],
                [self.upsert("b", {"name": "B"}), self.upsert("c", child)],
                [self.upsert("d", {"name": "D"}), self.upsert("e", child)],
            )
        self.assertEqual({verdict["state"] for verdict in verdicts}, {"done"})
        self.assertEqual(calls, [2, 3])
