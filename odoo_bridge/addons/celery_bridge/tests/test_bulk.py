"""What large jobs do before they are done: who may, on whose behalf, and how often it counts."""

import json
from base64 import b64decode, b64encode

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..fabric.statements import statement
from .common import FabricCase

DIGEST = "of these rows"
CALLS = ("load", "loaded", "upload", "download", "read_page")


@tagged("post_install", "-at_install")
class TestBulk(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loader = new_test_user(
            cls.env, login="celery_loader", groups="base.group_user,base.group_partner_manager"
        )

    def row(self, key, **values):
        return {
            "id": f"celery_test.{key}",
            "values": {"name": key, **values},
            "refs": {},
            "ids": {},
        }

    def load(self, subject, *rows, **options):
        batch = {
            "model": "res.partner",
            "number": 0,
            "digest": DIGEST,
            "lanes": [0],
            "tracking": False,
        }
        return self.fabric("load", subject=subject, rows=list(rows), **{**batch, **options})

    def upload(self, subject, data=b"content", **options):
        chunk = {"upload": "a", "number": 0, "data": b64encode(data).decode(), **options}
        return self.fabric("upload", subject=subject, **chunk)

    def attachment(self, **values):
        return self.env["ir.attachment"].create(
            {"name": "rows.csv", "raw": b"0123456789", **values}
        )

    def download(self, subject, attachment, offset=0, length=100):
        return self.fabric(
            "download", subject=subject, attachment=attachment.id, offset=offset, length=length
        )

    def page(self, subject, *fields, model="res.partner", domain=(), after=0, limit=100):
        return self.fabric(
            "read_page",
            subject=subject,
            model=model,
            domain=list(domain),
            fields=list(fields),
            after=after,
            limit=limit,
        )

    def of_each_call(self, subject):
        """Each call as a worker makes it, by its name."""
        attachment = self.attachment()
        return {
            "load": lambda: self.load(subject, self.row("each")),
            "loaded": lambda: self.fabric("loaded", subject=subject, model="res.partner"),
            "upload": lambda: self.upload(subject),
            "download": lambda: self.download(subject, attachment),
            "read_page": lambda: self.page(subject, "name"),
        }

    def chunks(self, subject):
        self.env.cr.execute(statement("bulk.upload_size"), {"uuid": subject["uuid"], "upload": "a"})
        return self.env.cr.fetchone()

    def named(self, key):
        return self.env["res.partner"].search([("name", "=", key)])

    def test_only_the_service_account(self):
        _job, subject = self.in_flight(self.admin)
        request = json.dumps({"subject": subject, "model": "res.partner"})
        for user in (self.admin, self.loader):
            jobs = self.env["celery.job"].with_user(user)
            for call in CALLS:
                with (
                    self.subTest(call=call, user=user.login),
                    self.assertRaisesRegex(AccessError, "service account"),
                ):
                    getattr(jobs, f"fabric_{call}")(request)

    def test_the_attempt_must_be_in_flight(self):
        ended, subject = self.in_flight(self.admin)
        running, current = self.in_flight(self.admin)
        self.write_back(self.outcome(subject))
        self.assertEqual(ended.state, "done")
        waiting = {"uuid": self.enqueue(self.admin).uuid, "attempt": 0}
        forged = [
            subject,
            waiting,
            {**current, "attempt": running.attempt + 1},
            {**current, "attempt": running.attempt - 1},
            {"uuid": "gone", "attempt": 1},
            {"uuid": "' OR true --", "attempt": 1},
        ]
        for unfit in forged:
            for name, call in self.of_each_call(unfit).items():
                with self.subTest(call=name, subject=unfit):
                    self.assertEqual(call(), {"in_flight": False})
        self.assertFalse(self.named("each"))
        self.assertEqual(self.chunks(subject), (0, 0))
        for name, call in self.of_each_call(current).items():
            with self.subTest(call=name, subject=current):
                self.assertNotIn("in_flight", call())

    def test_a_subject_cannot_name_the_user(self):
        _job, subject = self.in_flight()
        forged = {**subject, "user_id": self.admin.id, "context": {"uid": self.admin.id}}
        answer = self.load(forged, self.row("forged"))
        self.assertEqual((answer["loaded"], len(answer["errors"])), (0, 1))
        self.assertFalse(self.named("forged"))

    def test_a_source_that_nobody_knows(self):
        for name, call in self.of_each_call({"source": "nobody"}).items():
            with self.subTest(call=name), self.assertRaisesRegex(AccessError, "No source"):
                call()

    def test_an_archived_user(self):
        _job, subject = self.in_flight()
        self.user.active = False
        for name, call in self.of_each_call(subject).items():
            with self.subTest(call=name), self.assertRaisesRegex(AccessError, "archived"):
                call()

    def test_rows_are_created_then_written_as_the_user(self):
        _job, subject = self.in_flight(self.loader)
        first = self.load(subject, self.row("one"), self.row("two"))
        self.assertEqual(first, {"loaded": 2, "created": 2, "errors": []})
        one = self.env.ref("celery_test.one")
        self.assertEqual((one.name, one.create_uid), ("one", self.loader))
        second = self.load(subject, self.row("one", name="new"), self.row("three"), number=1)
        self.assertEqual(second, {"loaded": 2, "created": 1, "errors": []})
        self.assertEqual(one.name, "new")

    def test_a_bad_row_takes_no_other_down(self):
        _job, subject = self.in_flight(self.loader)
        unknown = {**self.row("unknown"), "refs": {"country_id": "base.nowhere"}}
        answer = self.load(subject, self.row("before"), unknown, self.row("behind"))
        self.assertEqual((answer["loaded"], answer["created"]), (2, 2))
        [[place, error]] = answer["errors"]
        self.assertEqual(place, 1)
        self.assertIn("base.nowhere", error)
        self.assertTrue(self.named("before") and self.named("behind"))
        self.assertFalse(self.named("unknown"))

    def test_a_batch_sent_again_gives_the_kept_answer(self):
        _job, subject = self.in_flight(self.loader)
        rows = [self.row("kept"), {**self.row("bad"), "refs": {"country_id": "base.nowhere"}}]
        first = self.load(subject, *rows)
        kept = self.env.ref("celery_test.kept")
        kept.name = "changed by a person"
        self.assertEqual(self.load(subject, *rows), first)
        self.assertEqual(kept.name, "changed by a person")
        [batch] = self.fabric("loaded", subject=subject, model="res.partner")["batches"]
        self.assertEqual(batch, {"number": 0, "digest": DIGEST, "answer": first})

    def test_the_next_attempt_knows_what_was_loaded(self):
        job, subject = self.in_flight(self.loader)
        first = self.load(subject, self.row("early"))
        self.fabric("rescue", subjects=[subject])
        self.claim()
        following = {"uuid": job.uuid, "attempt": job.attempt}
        self.assertNotEqual(following, subject)
        found = self.fabric("loaded", subject=following, model="res.partner")
        self.assertEqual([batch["answer"] for batch in found["batches"]], [first])
        self.assertIn("parent_id", found["parents"])
        self.assertEqual(self.load(following, self.row("early")), first)
        self.assertEqual(self.load(subject, self.row("late"), number=1), {"in_flight": False})
        self.assertFalse(self.named("late"))

    def test_a_changed_digest_is_refused(self):
        _job, subject = self.in_flight(self.loader)
        self.load(subject, self.row("first"))
        with self.assertRaisesRegex(ValidationError, "with other rows"):
            self.load(subject, self.row("other"), digest="of other rows")
        self.assertFalse(self.named("other"))
        _job, another = self.in_flight(self.loader)
        self.assertEqual(self.load(another, self.row("other"), digest="of other rows")["loaded"], 1)

    def test_guarded_models_are_not_loaded(self):
        _job, subject = self.in_flight(self.admin)
        for model in ("res.users", "ir.config_parameter", "celery.job", "ir.cron"):
            with self.subTest(model=model), self.assertRaisesRegex(AccessError, "out of reach"):
                self.load(subject, self.row("guarded"), model=model)

    def test_a_chunk_sent_again_is_the_same_one(self):
        job, subject = self.in_flight()
        self.assertEqual(self.upload(subject), {"stored": 7})
        self.assertEqual(self.upload(subject), {"stored": 7})
        self.upload(subject, b" and more", number=1)
        self.assertEqual(self.chunks(subject), (2, 16))
        attach = {
            "kind": "attach",
            "name": "a.txt",
            "mimetype": "text/plain",
            "upload": "a",
            "size": 16,
        }
        [verdict] = self.write_back(self.outcome(subject, attach))
        self.assertTrue(verdict["accepted"], verdict)
        self.assertEqual(job.attachment_ids.raw, b"content and more")
        self.assertEqual(self.chunks(subject), (0, 0))

    def test_chunks_are_of_their_own_job(self):
        _job, subject = self.in_flight()
        other, another = self.in_flight()
        self.upload(subject)
        attach = {
            "kind": "attach",
            "name": "a.txt",
            "mimetype": "text/plain",
            "upload": "a",
            "size": 7,
        }
        self.write_back(self.outcome(another, attach))
        self.assertFalse(other.attachment_ids)
        self.assertEqual(self.chunks(subject), (1, 7))

    def test_a_delivery_uploads_nothing(self):
        self.env["celery.source"].create({"name": "shop", "user_id": self.user.id})
        with self.assertRaisesRegex(ValidationError, "no job that a file"):
            self.upload({"source": "shop"})

    def test_a_file_in_pieces(self):
        _job, subject = self.in_flight()
        mine = self.attachment(res_model="res.partner", res_id=self.user.partner_id.id)
        facts = {"name": "rows.csv", "size": 10}
        for offset, length, piece in ((0, 4, b"0123"), (8, 4, b"89"), (10, 4, b"")):
            answer = self.download(subject, mine, offset, length)
            self.assertEqual(b64decode(answer.pop("data")), piece)
            self.assertEqual(answer, facts)

    def test_a_file_that_the_user_may_not_read(self):
        _job, subject = self.in_flight()
        others = self.attachment()  # Without a record, it is its creator's alone.
        with self.assertRaises(AccessError):
            self.download(subject, others)
        link = self.attachment(type="url", url="http://localhost/")
        with self.assertRaisesRegex(AccessError, "no file"):
            self.download(subject, link)
        others.unlink()
        with self.assertRaisesRegex(AccessError, "no file"):
            self.download(subject, others)

    def test_pages_follow_each_other(self):
        _job, subject = self.in_flight()
        partners = self.env["res.partner"].create([{"name": f"Page {n}"} for n in range(3)])
        domain = [["id", "in", partners.ids]]
        first = self.page(subject, "name", "parent_id", domain=domain, limit=2)
        self.assertEqual(first["columns"], [partners.ids[:2], ["Page 0", "Page 1"], [None, None]])
        self.assertEqual(first["types"], {"id": "integer", "name": "char", "parent_id": "many2one"})
        self.assertTrue(first["more"])
        last = self.page(subject, "name", domain=domain, after=partners.ids[1], limit=2)
        self.assertEqual((last["columns"], last["more"]), ([partners.ids[2:], ["Page 2"]], False))

    def test_pages_are_read_with_the_rights_of_the_user(self):
        _job, subject = self.in_flight()
        with self.assertRaises(AccessError):
            self.page(subject, "name", model="ir.cron")
        _job, mighty = self.in_flight(self.admin)
        with self.assertRaisesRegex(AccessError, "out of reach"):
            self.page(mighty, "key", model="ir.config_parameter")
