"""A job of queue_job is waited for, whatever becomes of the answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest

from odoo_bridge.errors import AppliedUnknown, OdooRejected, OdooUnavailable, Postponed
from odoo_bridge.job import Envelope, Json
from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.queue_job import QueueJob
from tasks.job import Job
from tasks.queue_job import QueueJobParams, perform

DONE = {"state": "done", "result": "well"}
BUSY = {"state": "busy"}
PARAMS = QueueJobParams(uuid="a-queue-job")


class Answers:
    """The addon's one call, with what it answers in turn."""

    def __init__(self, answers: Iterable[Json | Exception]) -> None:
        self._answers = iter(answers)

    def perform_queue_job(self, subject: Json) -> Json:
        del subject
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Odoo(dict[str, Any]):
    """An environment that knows nothing but its job of queue_job."""

    def __init__(self, *answers: Json | Exception) -> None:
        super().__init__()
        self.queue_job = QueueJob(cast(Addon, Answers(answers)), {})


def run(*answers: Json | Exception) -> Json:
    return perform(Job(Envelope("u", 1, "queue_job.perform", "root"), Odoo(*answers)), PARAMS)


def test_a_job_that_is_done_has_its_result() -> None:
    assert run(DONE) == {"result": "well"}


def test_a_busy_one_and_one_whose_answer_was_lost_are_waited_for() -> None:
    lost, away = AppliedUnknown("time-out"), OdooUnavailable("restarts")
    assert run(lost, BUSY, away, DONE) == {"result": "well"}


def test_an_odoo_that_is_away_before_it_began_is_the_relays_business() -> None:
    with pytest.raises(OdooUnavailable):
        run(OdooUnavailable("away"))


def test_a_postponed_one_comes_back_when_odoo_says_and_costs_no_attempt() -> None:
    with pytest.raises(Postponed, match="not yet") as raised:
        run({"state": "postponed", "seconds": 90.0, "error": "not yet"})
    assert raised.value.retry_in == 90.0


def test_a_failed_one_is_dead_with_what_odoo_said() -> None:
    with pytest.raises(OdooRejected, match="JobError: no"):
        run({"state": "failed", "error": "JobError: no"})
