"""Write-back: what workers computed, applied once, as the users who asked for it."""

import json
import logging

from odoo import api, models
from odoo.exceptions import AccessError

from ..fabric.limits import limit, too_large
from ..fabric.operations import apply_operations
from ..fabric.settlement import OF_THE_TRANSACTION, UNKNOWN, Settlement, explained
from ..fabric.states import ENDS
from ..fabric.statements import statement
from ..fabric.subject import acting_as, acting_for_source, is_in_flight, source_named
from ..fabric.values import parsed, storable

_logger = logging.getLogger(__name__)
LONGEST_TEXT = 65_536
"""Characters that are kept of an error and of a traceback."""


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    def fabric_write_back(self, request):
        """Apply outcomes: operations, result and state of each commit together, or not at all.

        Answers one verdict an outcome, in order. A refused outcome changes nothing; an outcome
        whose operations fail takes no other down with it.
        """
        self._check_service()
        settlements = self._fence(parsed(request)["outcomes"])
        self._settle([settlement for settlement in settlements if not settlement.verdict])
        self._finish([each for each in settlements if each.job and each.verdict["accepted"]])
        self._forget_stored(settlements)
        return json.dumps({"verdicts": [settlement.verdict for settlement in settlements]})

    def _fence(self, outcomes):
        """Lock the jobs, and refuse what is late, doubled or cancelled."""
        self.env.flush_all()
        uuids = {outcome["subject"].get("uuid") for outcome in outcomes} - {None}
        jobs = self._jobs_locked(uuids)
        taken = set()
        settlements = []
        for outcome in outcomes:
            settlement = Settlement(outcome)
            if "source" in settlement.subject:
                self._fence_delivery(settlement)
            else:
                self._fence_job(settlement, jobs, taken)
            settlements.append(settlement)
        return settlements

    def _fence_job(self, settlement, jobs, taken):
        uuid, state = settlement.subject.get("uuid"), settlement.outcome["state"]
        job = jobs.get(uuid)
        if not job:
            settlement.refuse(UNKNOWN, self.env._("There is no job %s.", uuid))
        elif uuid in taken:
            settlement.refuse(job["state"], self.env._("This outcome is doubled in one call."))
        elif not is_in_flight(job, settlement.subject):
            attempt = settlement.subject.get("attempt")
            settlement.refuse(job["state"], self.env._("Attempt %s is not in flight.", attempt))
        elif state not in ENDS:
            settlement.refuse(
                job["state"], self.env._("%s is not a state that an attempt ends in.", state)
            )
        else:
            taken.add(uuid)
            settlement.job = job
            self._check_result(settlement)

    def _check_result(self, settlement):
        """A result over the limit makes the job dead; nothing of it is applied or stored."""
        size, most = len(settlement.result_text), limit(self.env, "result_limit")
        if size > most:
            settlement.outcome["result"] = None
            del settlement.result_text
            settlement.bury(too_large(self.env, self.env._("The result"), size, most))

    def _fence_delivery(self, settlement):
        try:
            settlement.source = source_named(self.env, settlement.subject["source"])
        except AccessError as error:
            settlement.bury(error)
            return
        if settlement.outcome["state"] != "done":
            settlement.refuse(
                settlement.outcome["state"],
                self.env._("Odoo keeps nothing of a delivery that is not done."),
            )

    def _settle(self, settlements):
        """Optimistic: all of them in one savepoint with one flush, halved when that fails."""
        if not settlements:
            return
        try:
            with self.env.cr.savepoint():
                self._apply(settlements)
        except OF_THE_TRANSACTION:
            raise
        except Exception as error:
            if len(settlements) > 1:
                middle = len(settlements) // 2
                self._settle(settlements[:middle])
                self._settle(settlements[middle:])
            else:
                _logger.info("outcome refused: %s", settlements[0].subject, exc_info=True)
                settlements[0].bury(explained(self.env, error))

    def _apply(self, settlements):
        """All that act as the same user, in the same context, act together."""
        groups, doubled = {}, []
        for settlement in settlements:
            if settlement.job and not settlement.operations:
                settlement.accept()
            elif settlement.job or self._enter(settlement):
                groups.setdefault(self._actor(settlement), []).append(settlement)
            else:
                doubled.append(settlement)
        for group in groups.values():
            env = self._env_of(group[0])
            jobs = env["celery.job"]
            answers = apply_operations(
                env,
                [(jobs.browse(each.job["id"] if each.job else ()), each.operations) for each in group],
            )
            for settlement, results in zip(group, answers, strict=True):
                if settlement.source:
                    self.env["celery.inbox"].sudo()._keep_results(settlement.inbox_id, results)
                settlement.accept(results)
            self.browse(each.job["id"] for each in group if each.makes_files)._deliver_reports()
        for settlement in doubled:
            results = self.env["celery.inbox"]._first_results(
                settlement.source, settlement.subject["key"]
            )
            settlement.refuse("done", self.env._("This delivery was already written."), results)

    def _enter(self, settlement):
        """A delivery's inbox row and its operations stand or fall together. False: it is known."""
        inbox = self.env["celery.inbox"].sudo()
        settlement.inbox_id = inbox._add(settlement.source, settlement.subject["key"])
        return bool(settlement.inbox_id)

    @api.model
    def _actor(self, settlement):
        if settlement.source:
            return settlement.source.id
        return settlement.job["user_id"], json.dumps(settlement.job["context"], sort_keys=True)

    def _env_of(self, settlement):
        if settlement.source:
            return acting_for_source(self.env, settlement.source)
        return acting_as(self.env, settlement.job["user_id"], settlement.job["context"])

    def _finish(self, settlements):
        """Store result and state of all accepted jobs in one statement."""
        if not settlements:
            return
        outcomes = [settlement.outcome for settlement in settlements]
        values = {
            "ids": [settlement.job["id"] for settlement in settlements],
            "states": [settlement.verdict["state"] for settlement in settlements],
            "results": [settlement.result_text for settlement in settlements],
            "errors": [settlement.verdict["error"][:LONGEST_TEXT] for settlement in settlements],
            "tracebacks": [storable(settlement.traceback)[-LONGEST_TEXT:] for settlement in settlements],
            "retry_in": [outcome.get("retry_in") or 0 for outcome in outcomes],
            "counts": [outcome.get("counts", True) for outcome in outcomes],
            "started_at": [outcome.get("started_at") or 0 for outcome in outcomes],
            "seconds": [outcome.get("seconds") or 0 for outcome in outcomes],
            "workers": [outcome.get("worker") or "" for outcome in outcomes],
        }
        self.env.cr.execute(statement("job.finish"), values)
        # What an attempt uploaded and its outcome did not take.
        uuids = [settlement.job["uuid"] for settlement in settlements]
        self.env.cr.execute(statement("bulk.upload_forget"), {"uuids": uuids})
        self.invalidate_model()
        self._tell(settlement.job["user_id"] for settlement in settlements)
        if dead := [each.job["id"] for each in settlements if each.verdict["state"] == "dead"]:
            self.env["celery.report.ask"].sudo()._have_failures_told(dead)
