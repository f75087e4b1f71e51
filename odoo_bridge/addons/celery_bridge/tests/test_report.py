from odoo.tests import tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestReport(FabricCase):
    def report(self, *subjects, **values):
        reports = [{"subject": subject, **values} for subject in subjects]
        return self.fabric("report", reports=reports)["verdicts"]

    def test_the_first_report_starts_the_job(self):
        job, subject = self.in_flight()
        verdicts = self.report(subject, done=3, total=12, text="three", worker="w@host")
        self.assertEqual(verdicts, [{"accepted": True, "state": "started"}])
        self.assertEqual((job.state, job.worker), ("started", "w@host"))
        self.assertEqual((job.progress_done, job.progress_total), (3, 12))
        self.assertEqual((job.progress_text, job.progress), ("three", 25))
        started = job.date_started
        self.report(subject, done=4, total=12)
        self.assertEqual((job.progress_done, job.date_started), (4, started))
        self.assertFalse(job.progress_text)

    def test_a_cancelled_job(self):
        job, subject = self.in_flight()
        job.action_cancel()
        self.assertEqual(self.report(subject), [{"accepted": False, "state": "cancelled"}])
        self.assertEqual(job.state, "cancelled")

    def test_another_attempt(self):
        job, subject = self.in_flight()
        verdicts = self.report({**subject, "attempt": 7}, done=9)
        self.assertEqual(verdicts, [{"accepted": False, "state": "enqueued"}])
        self.assertEqual(job.progress_done, 0)

    def test_many_in_order(self):
        jobs = [self.enqueue() for _ in range(3)]
        self.claim()
        jobs[1].action_cancel()
        verdicts = self.report(
            *({"uuid": job.uuid, "attempt": 1} for job in jobs),
            {"uuid": "gone", "attempt": 1},
            {"source": "shop", "key": "1"},
        )
        states = ["started", "cancelled", "started", "cancelled", "started"]
        self.assertEqual([verdict["state"] for verdict in verdicts], states)
        accepted = [True, False, True, False, True]
        self.assertEqual([verdict["accepted"] for verdict in verdicts], accepted)

    def test_nothing_to_report(self):
        self.assertEqual(self.report(), [])

    def test_log_lines_are_kept_the_last_two_hundred(self):
        job, subject = self.in_flight()
        self.report(subject, log=["one", "two"])
        self.report(subject, done=1)
        self.assertEqual(job.log, "one\ntwo")
        self.report(subject, subject, log=["three"])
        self.assertEqual(job.log, "one\ntwo\nthree\nthree")
        self.report(subject, log=[str(number) for number in range(500)])
        self.assertEqual(job.log.split("\n"), [str(number) for number in range(300, 500)])

    def test_log_lines_are_bounded_in_bytes(self):
        job, subject = self.in_flight()
        for letter in ("x", "\U0001f600"):
            self.report(subject, log=[letter * 40_000, "the end"])
            self.assertLessEqual(len(job.log.encode()), 32768)
            self.assertTrue(job.log.endswith("the end"))
