"""The addon's methods for the service account, as plain Python.

Each takes and gives one JSON text (docs/reference/protocol.md says why).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from odoo_bridge.errors import (
    AddonUnusable,
    AnswerMalformed,
    AppliedUnknown,
    Cancelled,
    OdooUnavailable,
)
from odoo_bridge.job import Json
from odoo_bridge.rpc.client import Client
from odoo_bridge.rpc.values import invalid, to_json

# What JSON may hold as it is, and XML 1.0 not at all.
_NOT_IN_XML = (("\ufffe", r"\ufffe"), ("\uffff", r"\uffff"))

PROTOCOL = 1
"""The version of docs/reference/protocol.md that this code speaks."""


class Addon:
    """``celery_bridge`` in one database. All methods raise ``FabricError``s."""

    MODEL = "celery.job"

    def __init__(self, client: Client) -> None:
        self.client = client

    def hello(self) -> Json:
        """Who is there. Raises ``AddonUnusable`` when it speaks another protocol."""
        answer = self._ask("fabric_hello", {})
        if answer["protocol"] != PROTOCOL:
            raise AddonUnusable(
                f"celery_bridge {answer['addon']} speaks protocol {answer['protocol']}, "
                f"this fabric speaks {PROTOCOL}: upgrade the older one"
            )
        return answer

    def register_tasks(self, tasks: Sequence[Json]) -> None:
        """Publish the tasks of the workers, with the schemas of their params."""
        self._ask("fabric_register_tasks", {"tasks": list(tasks)})

    def claim(self, limit: int) -> list[Json]:
        """Envelopes of up to ``limit`` jobs, for an Odoo whose database is out of reach."""
        jobs: list[Json] = self._ask("fabric_claim", {"limit": limit})["jobs"]
        return jobs

    def in_flight(self) -> list[Json]:
        """What was claimed and has not ended."""
        jobs: list[Json] = self._ask("fabric_in_flight", {})["jobs"]
        return jobs

    def rescue(self, attempts: Sequence[tuple[str, int]], *, begun: bool) -> list[str]:
        """Put back jobs whose attempt (uuid, number) is lost. Returns the uuids of those it was.

        ``begun``: see ``Outbox.rescue``.
        """
        subjects = [{"uuid": uuid, "attempt": attempt} for uuid, attempt in attempts]
        answer = self._ask("fabric_rescue", {"subjects": subjects, "begun": begun})
        return [job["uuid"] for job in answer["jobs"]]

    def write_back(self, outcomes: Sequence[Json]) -> list[Json]:
        """One verdict an outcome, in order; all of them in one transaction."""
        answer = self._ask("fabric_write_back", {"outcomes": list(outcomes)})
        verdicts = answer.get("verdicts")
        if not isinstance(verdicts, list) or len(verdicts) != len(outcomes):
            raise _malformed("fabric_write_back")
        return verdicts

    def report(self, reports: Sequence[Json]) -> list[Json]:
        """Tell how far jobs are; the verdicts tell which of them are no longer wanted."""
        verdicts: list[Json] = self._ask("fabric_report", {"reports": list(reports)})["verdicts"]
        return verdicts

    def due_schedules(self) -> Json:
        """``{"now", "schedules": [...]}``: what must run, or was never planned."""
        return self._ask("fabric_due_schedules", {})

    def run_schedule(
        self, schedule: int, next_at: str, then: str, error: str, upcoming: Sequence[str] = ()
    ) -> int:
        """Move a schedule from ``next_at`` to ``then``; the id of the job that this made, or 0.

        ``upcoming`` are the runs after ``then``, to be shown.
        """
        request = {
            "id": schedule,
            "next_at": next_at,
            "then": then,
            "error": error,
            "upcoming": list(upcoming),
        }
        return int(self._ask("fabric_run_schedule", request)["job"])

    def perform_queue_job(self, subject: Json) -> Json:
        """Perform the ``queue.job`` of this attempt, or tell how it stands by now.

        Raises ``Cancelled`` as ``read_as`` does. Asking twice does no harm.
        """
        return self._ask("fabric_perform_queue_job", {"subject": subject})

    def read_as(self, subject: Json, model: str, method: str, args: list[Any], kwargs: Json) -> Any:
        """Call a read method with the rights of the subject's user.

        Reading twice does no harm, so an answer that never came is ``OdooUnavailable`` here.
        Raises ``Cancelled`` when this attempt is not in flight: it was cancelled or put back, or
        its relay died between publishing it and committing the claim.
        """
        request = {
            "subject": subject,
            "model": model,
            "method": method,
            "args": args,
            "kwargs": kwargs,
        }
        return self.ask_again("fabric_read_as", request)["result"]

    def ask_again(self, method: str, request: Json) -> Json:
        """A call that may be made twice: one without an answer is ``OdooUnavailable`` here."""
        try:
            return self._ask(method, request)
        except AppliedUnknown as error:
            raise OdooUnavailable(str(error)) from error

    def _ask(self, method: str, request: Json) -> Json:
        text = to_json(request, lambda: invalid(request, method)).decode()
        for character, escape in _NOT_IN_XML:
            text = text.replace(character, escape)
        answer = _parsed(method, self.client.execute_kw(self.MODEL, method, [text]))
        if answer.get("in_flight") is False:
            raise Cancelled("this attempt is not in flight")
        return answer


def _parsed(method: str, text: object) -> Json:
    """The object that an answer's text says. Raises ``AnswerMalformed``."""
    try:
        answer = orjson.loads(text)  # type: ignore[arg-type]
    except ValueError as error:
        raise _malformed(method) from error
    if not isinstance(answer, dict):
        raise _malformed(method)
    return answer


def _malformed(method: str) -> AnswerMalformed:
    return AnswerMalformed(
        f"{method} of celery_bridge answered in another form than protocol {PROTOCOL} has: "
        "upgrade the older one of addon and fabric"
    )
