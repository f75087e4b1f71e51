"""One outcome on its way to a verdict."""

import traceback
from dataclasses import dataclass, field

from odoo.exceptions import UserError

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

    def accept(self, results=()):
        self.verdict = _verdict(
            True, self.outcome["state"], self.outcome.get("error") or "", results
        )
        self.traceback = self.outcome.get("traceback") or ""

    def refuse(self, state, error, results=()):
        """The fence says no: nothing is applied and nothing is stored."""
        self.verdict = _verdict(False, state, error, results)

    def bury(self, error):
        """Odoo refused the operations: a job is dead by the error, of a delivery nothing stays."""
        self.verdict = _verdict(self.job is not None, "dead", _message(error))
        self.traceback = "".join(traceback.format_exception(error))


def _verdict(accepted, state, error, results=()):
    return {"accepted": accepted, "state": state, "error": error, "results": list(results)}


def _message(error):
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
