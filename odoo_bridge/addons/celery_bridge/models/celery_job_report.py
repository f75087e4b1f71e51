"""Progress, and how a worker learns that its job was cancelled."""

import json

from odoo import api, models

from ..fabric.settlement import UNKNOWN
from ..fabric.statements import statement
from ..fabric.subject import is_in_flight
from ..fabric.values import storable


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    def fabric_report(self, request):
        """Note that jobs have started and how far they are; one statement for all of them."""
        self._check_service()
        reports = storable(json.loads(request)["reports"])
        about_jobs = [report for report in reports if "uuid" in report["subject"]]
        self._note_progress(about_jobs)
        jobs = self._jobs_by_uuid(each["subject"]["uuid"] for each in about_jobs)
        self._tell(job["user_id"] for job in jobs.values())
        return json.dumps({"verdicts": [_verdict(each["subject"], jobs) for each in reports]})

    def _note_progress(self, reports):
        if not reports:
            return
        self.env.flush_all()
        reports = _merged(reports)
        values = {
            "uuids": [report["subject"]["uuid"] for report in reports],
            "attempts": [report["subject"]["attempt"] for report in reports],
            "done": [report.get("done") or 0 for report in reports],
            "total": [report.get("total") or 0 for report in reports],
            "texts": [report.get("text") or "" for report in reports],
            "workers": [report.get("worker") or "" for report in reports],
            "logs": ["\n".join(report.get("log") or []) for report in reports],
        }
        self.env.cr.execute(statement("job.report"), values)
        self.invalidate_model()


def _merged(reports):
    """One report for each attempt: the last one, with the lines of all."""
    merged = {}
    for report in reports:
        attempt = report["subject"]["uuid"], report["subject"]["attempt"]
        lines = [*(merged.get(attempt, {}).get("log") or []), *(report.get("log") or [])]
        merged[attempt] = {**report, "log": lines}
    return list(merged.values())


def _verdict(subject, jobs):
    if "source" in subject:
        return {"accepted": True, "state": "started"}
    job = jobs.get(subject["uuid"])
    if not job:
        return {"accepted": False, "state": UNKNOWN}
    return {"accepted": is_in_flight(job, subject), "state": job["state"]}
