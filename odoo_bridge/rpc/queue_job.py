"""Performing a job of OCA's queue_job, which happens inside Odoo (``celery_bridge_queue_job``)."""

from __future__ import annotations

from enum import StrEnum

import tenacity

from odoo_bridge.errors import AppliedUnknown, OdooUnavailable
from odoo_bridge.job import Json
from odoo_bridge.rpc.addon import Addon

LONGEST_PAUSE = 10.0
"""Seconds between two questions whether a job that Odoo still performs has ended."""


class Standing(StrEnum):
    """How a ``queue.job`` stands after it was to be performed."""

    DONE = "done"
    FAILED = "failed"
    POSTPONED = "postponed"
    BUSY = "busy"
    """Odoo performs it right now, for this call or for one whose answer was lost."""


class QueueJob:
    """The ``queue.job`` of one attempt.

    Odoo performs it once however often it is asked: the row's own state and lock see to that. So
    when an answer is lost, which a long job's easily is (time-outs of proxies), this asks again
    until the job has ended, and its place in its queue's window stays taken as long.
    """

    def __init__(self, addon: Addon, subject: Json) -> None:
        self._addon = addon
        self._subject = subject
        self._begun = False

    def perform(self) -> Json:
        """Let Odoo perform it and wait for the end: ``{"state", "result", "error", "seconds"}``.

        Raises ``Cancelled`` when it is no longer wanted, ``OdooUnavailable`` when Odoo was away
        before it began, and other ``FabricError``s.
        """
        waiting = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda answer: answer["state"] == Standing.BUSY),
            wait=tenacity.wait_exponential(multiplier=0.2, max=LONGEST_PAUSE),
        )
        return waiting(self._ask)

    def _ask(self) -> Json:
        try:
            return self._addon.perform_queue_job(self._subject)
        except AppliedUnknown:
            self._begun = True
        except OdooUnavailable:
            if not self._begun:
                raise
        return {"state": Standing.BUSY}
