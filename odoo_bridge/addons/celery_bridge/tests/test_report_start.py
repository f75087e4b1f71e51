"""The form that asks for a report, once or by a schedule."""

import json

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .reports import ReportCase


@tagged("post_install", "-at_install")
class TestReportStart(ReportCase):
    def start(self, **values):
        form = Form(self.env["celery.report.start"].with_user(self.asker))
        form.task_id = self.sales.with_user(self.asker)
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def made(self, **values):
        action = self.start(**values).action_start()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_an_employee_sees_reports_and_no_other_task(self):
        tasks = self.env["celery.task"].with_user(self.asker).search([])
        self.assertEqual(set(tasks.mapped("name")), {"reports.sales", "reports.export"})
        found = tasks.with_context(celery_described=True).name_search("by month")
        self.assertEqual(found, [(self.sales.id, "Sales by month")])
        self.sales.group_ids = self.env.ref("base.group_system")
        self.assertNotIn(self.sales, self.env["celery.task"].with_user(self.asker).search([]))
        described = self.sales.with_context(celery_described=True)
        self.assertEqual((described.display_name, self.sales.display_name), ("Sales by month", "reports.sales"))

    # In Auckland it is the first of December already.
    @freeze_time("2026-11-30 20:00:00")
    def test_a_relative_period_is_of_the_askers_time_zone(self):
        start = self.start(period="last_month")
        self.assertEqual(start.takes, "period")
        job = self.made(period="last_month")
        self.assertEqual(job.params, {"date_from": "2026-11-01", "date_to": "2026-11-30",
                                      "format": "xlsx", "states": ["sale"]})
        self.assertEqual((job.user_id, job.notify), (self.asker, True))
        self.assertEqual(job.description, "Sales by month (Last month)")

    @freeze_time("2026-05-20 12:00:00")
    def test_years_and_weeks_are_the_companys_and_the_users(self):
        self.env.company.write({"fiscalyear_last_day": 31, "fiscalyear_last_month": "3"})
        lang = self.env["res.lang"].search([("code", "=", self.asker.lang)])
        lang.week_start = "7"
        expected = {
            "this_fiscal_year": ("2026-04-01", "2027-03-31"),
            "last_fiscal_year": ("2025-04-01", "2026-03-31"),
            "this_year": ("2026-01-01", "2026-12-31"),
            "this_week": ("2026-05-17", "2026-05-23"),
        }
        for period, days in expected.items():
            params = self.made(period=period).params
            self.assertEqual((params["date_from"], params["date_to"]), days, period)
        schedule = self.made(period="last_fiscal_year", when="again")
        job = self.env["celery.job"].browse(schedule._enqueue())
        self.assertEqual(job.params["date_from"], "2025-04-01")

    def test_a_report_of_one_day_is_of_today_at_first(self):
        day = {"type": "object", "properties": {"at": {"type": "string", "format": "date"}}}
        self.fabric("register_tasks", tasks=[{"name": "reports.stock", "queue": "reports", "schema": day}])
        form = Form(self.env["celery.report.start"].with_user(self.asker))
        form.task_id = self.env["celery.task"].search([("name", "=", "reports.stock")])
        self.assertEqual((form.takes, form.period), ("day", "today"))
        form.task_id = self.sales
        self.assertEqual((form.takes, form.period), ("period", "last_month"))

    def test_between_two_days(self):
        job = self.made(period="days", date_from="2026-01-05", date_to="2026-01-31", keep_days=3)
        self.assertEqual((job.params["date_from"], job.params["date_to"]), ("2026-01-05", "2026-01-31"))
        self.assertEqual(job.ask_ids.keep_days, 3)
        self.assertNotIn("date_to", self.made(period="days", date_from="2026-01-05").params)

    def test_the_days_are_asked_for_once(self):
        names = {each["string"] for each in self.sales.report_form}
        self.assertEqual(names, {"states", "format"})

    def test_records_are_chosen_by_their_names(self):
        ids = {"type": "array", "items": {"type": "integer"}, "default": []}
        schema = {"type": "object", "properties": {
            "partner_ids": {**ids, "title": "Partners", "records": "res.partner"},
            "strange_ids": {**ids, "title": "Strange", "records": "model.of.no.module"},
        }}
        self.fabric("register_tasks", tasks=[{"name": "reports.some", "queue": "reports", "schema": schema}])
        task = self.env["celery.task"].search([("name", "=", "reports.some")])
        partners, strange = task.report_form
        self.assertEqual((partners["type"], partners["comodel"]), ("many2many", "res.partner"))
        self.assertEqual(strange["type"], "text")
        form = Form(self.env["celery.report.start"].with_user(self.asker))
        form.task_id = task
        start = form.save()
        self.assertEqual(start._from_form(), ({}, []))
        start.params = {partners["name"]: self.boss.ids, strange["name"]: "[7]"}
        self.assertEqual(start._from_form(), ({"partner_ids": self.boss.ids, "strange_ids": [7]}, []))
        start.env.invalidate_all()
        job = self.env["celery.job"].browse(start.action_start()["res_id"])
        self.assertEqual(job.params, {"partner_ids": self.boss.ids, "strange_ids": [7]})

    def test_in_chosen_companies(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.asker.company_ids |= company
        start = self.start()
        start.company_ids = company
        job = self.env["celery.job"].browse(start.action_start()["res_id"])
        self.assertEqual(job.sudo().context["allowed_company_ids"], company.ids)

    def test_every_first_of_the_month_at_six(self):
        start = self.start(period="last_month", when="again", every="month", hour=6.5)
        start.partner_ids = self.boss
        schedule = self.env["celery.schedule"].browse(start.action_start()["res_id"])
        self.assertEqual((schedule.cron, schedule.tz), ("30 6 1 * *", "Pacific/Auckland"))
        self.assertEqual((schedule.user_id, schedule.period), (self.asker, "last_month"))
        self.assertNotIn("date_from", json.loads(schedule.params_text))
        with freeze_time("2026-12-31 17:30:00"):
            job = self.env["celery.job"].browse(schedule._enqueue())
        self.assertEqual((job.params["date_from"], job.params["date_to"]), ("2026-12-01", "2026-12-31"))
        self.assertEqual((job.user_id, job.ask_ids.partner_ids, job.notify), (self.asker, self.boss, False))

    def test_an_hour_that_is_none(self):
        with self.assertRaises(ValidationError):
            self.start(when="again", hour=24.0)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_whoever_asked_stops_their_own_schedule_and_no_others(self):
        schedule = self.made(when="again")
        other = new_test_user(self.env, login="curious", groups="base.group_user")
        self.assertFalse(self.env["celery.schedule"].with_user(other).search([]))
        for change in ({"active": False}, {"user_id": other.id}):
            with self.assertRaises(AccessError):
                schedule.with_user(other).write(change)
        own = schedule.with_user(self.asker)
        with self.assertRaises(AccessError):
            own.user_id = self.admin
        with self.assertRaises(AccessError):
            own.create({"name": "x", "task_id": self.sales.id})
        own.active = False
        own.unlink()
        self.assertFalse(schedule.exists())

    def test_a_company_that_the_user_has_left(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.asker.company_ids |= company
        start = self.start(when="again")
        start.company_ids |= company
        schedule = self.env["celery.schedule"].browse(start.action_start()["res_id"])
        self.asker.company_ids -= company
        at = schedule.next_at = "2020-01-01 06:00:00"
        self.assertFalse(schedule._run(at, "2126-01-01 06:00:00", False))
        self.assertIn("may not see Second any longer", schedule.error)
