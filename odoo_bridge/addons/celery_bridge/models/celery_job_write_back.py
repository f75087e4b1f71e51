"""Write-back: what workers computed, applied once, as the users who asked for it."""

import json
import logging

from psycopg2 import IntegrityError, InterfaceError, OperationalError

from odoo import api, models
from odoo.exceptions import AccessError, ConcurrencyError, ValidationError

from ..fabric.operations import apply_operations
from ..fabric.settlement import UNKNOWN, Settlement
from ..fabric.states import IN_FLIGHT
from ..fabric.statements import statement
from ..fabric.subject import acting_as, acting_for_source, source_named
from ..fabric.values import storable

_logger = logging.getLogger(__name__)

OF_THE_TRANSACTION = (OperationalError, InterfaceError, ConcurrencyError)
"""Serialization failures, deadlocks, a lost connection: not one outcome's fault, so the whole call
fails, and Odoo or the worker runs it again."""


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    def fabric_write_back(self, request):
        """Apply outcomes: operations, result and state of each commit together, or not at all.

        Answers one verdict an outcome, in order. A refused outcome changes nothing; an outcome
        whose operations fail takes no other down with it.
        """
        self._check_service()
        settlements = self._fence(storable(json.loads(request)["outcomes"]))
        undecided = [settlement for settlement in settlements if not settlement.verdict]
        self._settle(undecided)
        self._finish([each for each in undecided if each.job and each.verdict["accepted"]])
        return json.dumps({"verdicts": [settlement.verdict for settlement in settlements]})

    def _fence(self, outcomes):
        """Lock the jobs, and refuse what is late, doubled or cancelled."""
        self.env.flush_all()
        uuids = {outcome["subject"].get("uuid") for outcome in outcomes} - {None}
        jobs = self._jobs_by_uuid(uuids, lock=True)
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
        uuid, attempt = settlement.subject["uuid"], settlement.subject["attempt"]
        job = jobs.get(uuid)
        if not job:
            settlement.refuse(UNKNOWN, self.env._("There is no job %s.", uuid))
        elif uuid in taken:
            settlement.refuse(job["state"], self.env._("This outcome is doubled in one call."))
        elif job["state"] not in IN_FLIGHT or job["attempt"] != attempt:
            settlement.refuse(job["state"], self.env._("Attempt %s is not in flight.", attempt))
        else:
            taken.add(uuid)
            settlement.job = job

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
                for settlement in settlements:
                    self._apply(settlement)
        except OF_THE_TRANSACTION:
            raise
        except Exception as error:
            if len(settlements) > 1:
                middle = len(settlements) // 2
                self._settle(settlements[:middle])
                self._settle(settlements[middle:])
            else:
                _logger.info("outcome refused: %s", settlements[0].subject, exc_info=True)
                settlements[0].bury(self._explained(error))

    def _apply(self, settlement):
        if settlement.source:
            self._apply_delivery(settlement)
        elif settlement.operations:
            env = acting_as(self.env, settlement.job["user_id"], settlement.job["context"])
            job = env["celery.job"].browse(settlement.job["id"])
            settlement.accept(apply_operations(env, job, settlement.operations))
        else:
            settlement.accept()

    def _apply_delivery(self, settlement):
        """The inbox row and the operations stand or fall together."""
        inbox = self.env["celery.inbox"].sudo()
        source, key = settlement.source, settlement.subject["key"]
        inbox_id = inbox._add(source, key)
        if not inbox_id:
            message = self.env._("This delivery was already written.")
            settlement.refuse("done", message, inbox._first_results(source, key))
            return
        env = acting_for_source(self.env, source)
        no_job = env["celery.job"]
        results = apply_operations(env, no_job, settlement.operations)
        inbox._keep_results(inbox_id, results)
        settlement.accept(results)

    def _explained(self, error):
        """A violated constraint in the words that Odoo has for it (odoo.service.model.retrying)."""
        if not isinstance(error, IntegrityError):
            return error
        tables = {model._table: model for model in self.env.registry.values()}
        model = tables.get(error.diag.table_name)
        reason = self.env[model._name if model else "base"]._sql_error_to_message(error)
        explained = ValidationError(self.env._("The operation cannot be completed: %s", reason))
        explained.__cause__ = error
        return explained

    def _finish(self, settlements):
        """Store result and state of all accepted jobs in one statement."""
        if not settlements:
            return
        outcomes = [settlement.outcome for settlement in settlements]
        values = {
            "ids": [settlement.job["id"] for settlement in settlements],
            "states": [settlement.verdict["state"] for settlement in settlements],
            "results": [json.dumps(outcome.get("result")) for outcome in outcomes],
            "errors": [settlement.verdict["error"] for settlement in settlements],
            "tracebacks": [storable(settlement.traceback) for settlement in settlements],
            "retry_in": [outcome.get("retry_in") or 0 for outcome in outcomes],
            "counts": [outcome.get("counts", True) for outcome in outcomes],
            "started_at": [outcome.get("started_at") or 0 for outcome in outcomes],
            "seconds": [outcome.get("seconds") or 0 for outcome in outcomes],
            "workers": [outcome.get("worker") or "" for outcome in outcomes],
        }
        self.env.cr.execute(statement("job.finish"), values)
        self.invalidate_model()
