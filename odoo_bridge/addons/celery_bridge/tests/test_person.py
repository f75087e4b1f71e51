from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ..fabric.throttle import Throttle
from ..models import celery_job_person
from .common import FabricCase


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@tagged("post_install", "-at_install")
class TestPerson(FabricCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        told = patch.object(celery_job_person, "TOLD", Throttle(1.0, self.clock))
        told.start()
        self.addCleanup(told.stop)

    def mine(self, since=False, user=None):
        return self.env["celery.job"].with_user(user or self.user).my_jobs(since)

    def messages(self):
        """How many bus messages of ours there are, by channel, when this transaction commits."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("message", "like", celery_job_person.NEWS)])
        return [row.channel for row in rows]

    def commit(self):
        """What a commit does, as far as the throttle sees it."""
        self.env.cr.precommit.run()
        self.env.cr.postcommit.run()

    def test_it_shows_what_is_in_flight_and_what_is_waited_for(self):
        self.enqueue()
        waited_for = self.enqueue(notify=True)
        self.enqueue(self.admin, notify=True)
        self.assertEqual([job["id"] for job in self.mine()["jobs"]], [waited_for.id])
        self.claim()
        answer = self.mine()
        self.assertEqual((answer["count"], len(answer["jobs"])), (2, 2))
        self.assertEqual(answer["jobs"][0]["state"], "enqueued")

    def test_many_jobs_are_counted_up_to_a_hundred(self):
        self.env["celery.queue"].search([]).window_size = 1000
        self.env["celery.job"].with_user(self.user).enqueue_many("demo.task", [{}] * 150)
        self.claim(150)
        answer = self.mine()
        self.assertEqual((answer["count"], len(answer["jobs"])), (100, 8))

    def test_who_asked_is_told_of_the_end_with_the_files(self):
        since = self.mine()["now"]
        job = self.enqueue(notify=True, description="Sales of May")
        self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        attach = {"kind": "attach", "name": "may.xlsx", "mimetype": "text/plain", "datas": "aGk="}
        self.write_back(self.outcome(subject, attach))
        [told] = self.mine(since)["ended"]
        self.assertEqual((told["name"], told["state"], told["error"]), ("Sales of May", "done", ""))
        self.assertEqual([file["name"] for file in told["files"]], ["may.xlsx"])
        self.assertFalse(self.mine(since, self.admin)["ended"])
        self.assertFalse(self.mine()["ended"])

    def test_technical_jobs_end_in_silence(self):
        since = self.mine()["now"]
        _job, subject = self.in_flight()
        self.write_back(self.outcome(subject))
        self.assertFalse(self.mine(since)["ended"])

    def test_a_failure_is_told_and_a_cancelled_job_is_not(self):
        since = self.mine()["now"]
        failed, cancelled = self.enqueue(notify=True), self.enqueue(notify=True)
        self.claim()
        cancelled.action_cancel()
        subject = {"uuid": failed.uuid, "attempt": failed.attempt}
        self.write_back(self.outcome(subject, state="dead", error="no such pricelist"))
        [told] = self.mine(since)["ended"]
        self.assertEqual((told["id"], told["error"]), (failed.id, "no such pricelist"))

    def test_notify_is_a_flag(self):
        with self.assertRaisesRegex(ValidationError, "notify must be true or false"):
            self.enqueue(notify="yes")

    def test_many_outcomes_in_a_second_are_one_message(self):
        self.env["celery.queue"].search([]).window_size = 1000
        self.env["celery.job"].with_user(self.user).enqueue_many("demo.task", [{}] * 200)
        claimed = self.claim(200)
        for start in range(0, 200, 20):
            subjects = [
                {"uuid": job["uuid"], "attempt": job["attempt"]} for job in claimed[start : start + 20]
            ]
            self.write_back(*map(self.outcome, subjects))
            self.commit()
            self.clock.now += 0.05
        self.assertEqual(len(self.messages()), 1)

    def test_a_second_later_there_is_another_message(self):
        for _ in range(2):
            _job, subject = self.in_flight()
            self.write_back(self.outcome(subject))
            self.commit()
            self.clock.now += 1.0
        self.assertEqual(len(self.messages()), 2)

    def test_what_was_rolled_back_is_said_again(self):
        self.in_flight()
        jobs = self.env["celery.job"]
        jobs._tell([self.user.id])
        self.env.cr.precommit.clear()
        self.env.cr.postcommit.clear()
        jobs._tell([self.user.id])
        self.assertEqual(len(self.messages()), 1)

    def test_the_message_goes_to_the_user_of_the_job(self):
        other = new_test_user(self.env, login="celery_other", groups="base.group_user")
        _job, subject = self.in_flight(other)
        self.write_back(self.outcome(subject))
        [channel] = self.messages()
        self.assertIn(f'"res.partner",{other.partner_id.id}', channel)

    def test_an_archived_user_is_no_hindrance(self):
        _job, subject = self.in_flight()
        self.user.active = False
        [verdict] = self.write_back(self.outcome(subject))
        self.assertTrue(verdict["accepted"])
        self.assertFalse(self.messages())

    def test_progress_is_told(self):
        _job, subject = self.in_flight()
        self.fabric("report", reports=[{"subject": subject, "done": 1, "total": 4}])
        self.assertEqual(len(self.messages()), 1)
        [shown] = self.mine()["jobs"]
        self.assertEqual((shown["state"], shown["progress"]), ("started", 25))

    def test_jobs_about_a_record(self):
        partners = self.env["res.partner"].search([], limit=2)
        mine = self.enqueue(records=partners)
        self.enqueue(self.admin, records=partners[0])
        self.enqueue(records=self.env["res.company"].browse(partners[0].id))
        mine.action_cancel()
        jobs, name = self.env["celery.job"], "res.partner"
        self.assertEqual(jobs.with_user(self.user).about_record(name, partners[0].id), [1, 0])
        self.assertEqual(jobs.with_user(self.admin).about_record(name, partners[0].id), [2, 1])
        self.assertEqual(jobs.with_user(self.admin).about_record(name, partners[1].id), [1, 0])
        self.assertEqual(jobs.with_user(self.admin).about_record("no.model", 1), [0, 0])
        found = jobs.search([("about", "=", f"{name},{partners[1].id}")])
        self.assertEqual(found, mine)
        self.assertEqual(len(jobs.search([("about", "ilike", "partner")])), 2)
