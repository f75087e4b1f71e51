"""One outcome on its way to a verdict."""

import json
import traceback
from dataclasses import dataclass, field
from functools import cached_property

from psycopg2 import IntegrityError, InterfaceError, OperationalError

from odoo.exceptions import ConcurrencyError, UserError, ValidationError

from ..exceptions import RetryLater

OF_THE_TRANSACTION = (OperationalError, InterfaceError, ConcurrencyError)
"""Serialization failures, deadlocks, a lost connection: not one outcome's fault, so the whole call
fails, and Odoo or the worker runs it again."""

UNKNOWN = "cancelled"
"""What a worker is told about a job that is no longer there: stop."""


@dataclass
class Settlement:
    """An outcome, the job or source that it is for, and what was decided about it."""

    outcome: dict
    job: dict | None = None
    """The row of the job, as the fence read it; ``None`` for a delivery."""
    source: object = None
    """The ``celery.source`` of a delivery."""
    inbox_id: int | None = None
    """The row that fences a delivery."""
    verdict: dict | None = None
    traceback: str = field(default="", repr=False)

    @property
    def subject(self):
        return self.outcome["subject"]

    @property
    def operations(self):
        """Only what is done has effects; a retry or a dead job leaves none behind."""
        done = self.outcome["state"] == "done"
        return (self.outcome.get("operations") or []) if done else []

    @property
    def makes_files(self):
        """Whether its job has a file for those who asked for one."""
        return self.job is not None and any(each.get("kind") == "attach" for each in self.operations)

    @cached_property
    def result_text(self):
        """What the task returned, as JSON."""
        return json.dumps(self.outcome.get("result"))

    def accept(self, results=()):
        self.verdict = _verdict(
            True, self.outcome["state"], self.outcome.get("error") or "", results
        )
        self.traceback = self.outcome.get("traceback") or ""

    def refuse(self, state, error, results=()):
        """The fence says no: nothing is applied and nothing is stored."""
        self.verdict = _verdict(False, state, error, results)

    def bury(self, error):
        """Odoo refused the operations: a job is dead by the error, of a delivery nothing stays.

        Unless a method asked to be called later, and an attempt is left.
        """
        if isinstance(error, RetryLater) and self.job and self.job["attempt"] < self.job["max_attempts"]:
            self._put_off(error)
            return
        self.verdict = _verdict(self.job is not None, "dead", message_of(error))
        self.traceback = "".join(traceback.format_exception(error))

    def _put_off(self, error):
        self.outcome = {**self.outcome, "state": "scheduled", "retry_in": max(error.seconds, 0)}
        self.verdict = _verdict(True, "scheduled", str(error))


def _verdict(accepted, state, error, results=()):
    return {"accepted": accepted, "state": state, "error": error, "results": list(results)}


def explained(env, error):
    """A violated constraint in the words that Odoo has for it (odoo.service.model.retrying)."""
    if not isinstance(error, IntegrityError):
        return error
    tables = {model._table: model for model in env.registry.values()}
    model = tables.get(error.diag.table_name)
    reason = env[model._name if model is not None else "base"]._sql_error_to_message(error)
    told = ValidationError(env._("The operation cannot be completed: %s", reason))
    told.__cause__ = error
    return told


def message_of(error):
    """What a person is told of an error."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
