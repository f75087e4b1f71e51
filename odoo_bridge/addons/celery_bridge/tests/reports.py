"""Reports that are known, and who asks for them."""

from base64 import b64encode

from odoo.tests import new_test_user

from .common import FabricCase

DAY = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None}
SALES = {
    "type": "object",
    "properties": {
        "states": {"type": "array", "items": {"type": "string"}, "default": ["sale"]},
        "date_from": DAY,
        "date_to": DAY,
        "company_ids": {"type": "array", "items": {"type": "integer"}, "default": []},
        "format": {"enum": ["xlsx", "pdf"], "default": "xlsx"},
    },
    "additionalProperties": False,
}
EXPORT = {
    "type": "object",
    "required": ["model", "fields"],
    "properties": {
        "model": {"type": "string"},
        "domain": {"type": "array"},
        "fields": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "group_by": {"type": "array", "items": {"type": "string"}},
        "order": {"type": "string"},
        "format": {"enum": ["xlsx", "csv", "parquet"]},
    },
    "additionalProperties": False,
}
FILE = {"kind": "attach", "name": "sales.csv", "mimetype": "text/csv", "datas": b64encode(b"a,b").decode()}


class ReportCase(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fabric("register_tasks", tasks=[
            {"name": "reports.sales", "queue": "reports", "schema": SALES, "description": "Sales by month."},
            {"name": "reports.export", "queue": "reports", "schema": EXPORT, "description": "Export."},
        ])
        cls.sales = cls.env["celery.task"].search([("name", "=", "reports.sales")])
        cls.asker = new_test_user(
            cls.env, login="report_asker", groups="base.group_user,base.group_allow_export", tz="Pacific/Auckland"
        )
        cls.boss, cls.nobody = cls.env["res.partner"].create(
            [{"name": "Boss", "email": "boss@example.com"}, {"name": "Nobody"}]
        )

    def ask(self, user=None, params=None, **options):
        jobs = self.env["celery.job"].with_user(user or self.asker)
        return jobs.ask_for_report("reports.sales", params or {}, **options).with_user(self.env.user)

    def done(self, job, *operations):
        """Let a worker end a job; the verdict."""
        if job.state == "pending":
            self.claim()
        subject = {"uuid": job.uuid, "attempt": job.attempt}
        [verdict] = self.write_back(self.outcome(subject, *operations))
        self.env.invalidate_all()
        return verdict

    def mails(self):
        return self.env["mail.mail"].search([("subject", "ilike", "sales")])
