from datetime import UTC, date, datetime
from decimal import Decimal

from markupsafe import Markup

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ThingCase


@tagged("post_install", "-at_install")
class TestArguments(ThingCase):
    def seen(self, *args, **kwargs):
        """What a method is given when a job calls it with these."""
        job = self.things[0].with_celery().look(*args, **kwargs)
        self.assertEqual(self.work().state, "done", job.error)
        return self.things[0].seen

    def test_json_comes_back_as_it_went(self):
        values = [None, True, 0, -1.5, "ü\n", [], [1, [2]], {}, {"a": {"b": None}}]
        self.assertEqual(self.seen(*values)["args"], [repr(value) for value in values])

    def test_records_dates_and_times(self):
        partner = self.user.partner_id
        seen = self.seen(
            partner, [self.things], {"on": date(2026, 12, 24)},
            at=datetime(2026, 12, 24, 18, 0, 0, 5), none=partner.browse(),
        )
        self.assertEqual(
            seen["args"],
            [repr(partner), repr([self.things]), repr({"on": date(2026, 12, 24)})],
        )
        self.assertEqual(seen["kwargs"]["at"], repr(datetime(2026, 12, 24, 18, 0, 0, 5)))
        self.assertEqual(seen["kwargs"]["none"], "res.partner()")

    def test_tuples_become_lists(self):
        self.assertEqual(self.seen((0, 0, {"a": 1}))["args"], ["[0, 0, {'a': 1}]"])

    def test_what_would_not_come_back_is_refused_by_its_place(self):
        endless = []
        endless.append(endless)
        for value, reason in (
            (b"x", r"args\[0\]: bytes is neither"),
            ({1}, "set is neither"),
            (Decimal(1), "Decimal is neither"),
            (Markup("<b>"), "markup"),
            (datetime.now(UTC), "zone"),
            ({1: 2}, "key 1 is not a text"),
            ({"a": [self]}, r"args\[0\]\.a\[0\]: TestArguments"),
            ({"$ref": 0}, r"\$ref alone is reserved"),
            (self.things.new({}), "not saved"),
            (endless, "contains itself"),
            (float("nan"), "must be JSON"),
            ("a\x00b", "cannot store"),
        ):
            with self.assertRaisesRegex(ValidationError, reason):
                self.things.with_celery().look(value)

    def test_an_argument_that_was_deleted_meanwhile(self):
        thing, argument = self.things
        thing.with_celery().look(argument)
        argument.unlink()
        job = self.work()
        self.assertEqual(job.state, "dead")
        self.assertIn("deleted since the job was enqueued", job.error)

    def test_forged_marks_kill_the_job_and_nothing_else(self):
        jobs = self.env["celery.job"].with_user(self.user)
        for forged in (
            {"$records": ["no.such", [1]]}, {"$records": 7}, {"$records": ["res.partner", ["1"]]},
            {"$date": "someday"}, {"$datetime": None},
        ):
            params = {"model": "test.celery.thing", "method": "look", "ids": self.things.ids, "args": [forged]}
            jobs.enqueue("records.call", params)
        self.assertEqual(set(self.work().mapped("state")), {"dead"})
