"""Several attempts in one run: one write-back, and a bad one fails alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from odoo_bridge.errors import ConfigurationError, Permanent
from odoo_bridge.job import Envelope, State
from tasks import Job, Params, task
from tasks.base import perform
from tasks.batch import attempt_batch, perform_batch
from tasks.registry import _registry
from tests.unit.test_attempt import Keeper, runtime
from workers.publisher import packed


class Number(Params):
    value: int


calls: list[list[int]] = []


@pytest.fixture(autouse=True)
def halve() -> Iterator[None]:
    @task("test.halve", batch=3)
    def halve(jobs: list[Job], params: list[Number]) -> list[int]:
        calls.append([each.value for each in params])
        for job, each in zip(jobs, params, strict=True):
            job.write("res.partner", [each.value], {"name": "half"})
            if each.value % 2:
                raise ValueError(each.value)
        return [each.value // 2 for each in params]

    calls.clear()
    yield
    del _registry["test.halve"]


def envelopes(*values: Any) -> list[Envelope]:
    return [
        Envelope(f"u{number}", 1, "test.halve", "default", params={"value": value})
        for number, value in enumerate(values)
    ]


def test_a_batch_is_one_run_and_one_write_back() -> None:
    keeper = Keeper()
    verdicts = perform_batch(envelopes(2, 4, 6), runtime(keeper))
    assert calls == [[2, 4, 6]]
    assert [verdict.state for verdict in verdicts] == [State.DONE] * 3
    assert [outcome.result for outcome in keeper.outcomes] == [1, 2, 3]
    assert [outcome.operations[0].args["ids"] for outcome in keeper.outcomes] == [[2], [4], [6]]


def test_a_batch_that_raised_is_run_one_by_one() -> None:
    outcomes = attempt_batch(envelopes(2, 5, 6), runtime())
    assert calls == [[2, 5, 6], [2], [5], [6]]
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DEAD, State.DONE]
    assert [len(outcome.operations) for outcome in outcomes] == [1, 0, 1]


def test_a_member_that_was_failed_is_the_only_one_that_fails() -> None:
    @task("test.fail_one", batch=2)
    def fail_one(jobs: list[Job], params: list[Number]) -> list[int]:
        jobs[-1].fail(Permanent("unlucky"))
        return [each.value for each in params]

    jobs = [replace(each, task="test.fail_one") for each in envelopes(2, 4)]
    together = attempt_batch(jobs, runtime())
    alone = attempt_batch(jobs[:1], runtime())
    del _registry["test.fail_one"]
    assert [outcome.state for outcome in together] == [State.DONE, State.DEAD]
    assert together[1].error == "Permanent: unlucky"
    assert [outcome.state for outcome in alone] == [State.DEAD]


def test_params_that_do_not_fit_fail_before_the_run() -> None:
    outcomes = attempt_batch(envelopes(2, "many", 6), runtime())
    states = {outcome.envelope.uuid: outcome.state for outcome in outcomes}
    assert states == {"u0": State.DONE, "u1": State.DEAD, "u2": State.DONE}
    assert calls == [[2, 6]]


def test_copies_of_running_attempts_are_left_out() -> None:
    lent = replace(runtime(), leasing=lambda envelope: nullcontext(envelope.uuid == "u1"))
    assert [verdict.uuid for verdict in perform_batch(envelopes(2, 4, 6), lent)] == ["u1"]
    assert calls == [[4]]


def test_nothing_is_left_when_all_are_copies() -> None:
    lent = replace(runtime(), leasing=lambda _envelope: nullcontext(False))
    assert perform_batch(envelopes(2, 4), lent) == []
    assert calls == []


def test_a_batch_task_also_takes_a_single_job() -> None:
    assert perform(envelopes(8)[0], runtime()).state is State.DONE
    assert calls == [[8]]


def test_what_is_published_together_is_packed_by_task() -> None:
    other = Envelope("x", 1, "test.other", "default")
    first, *more = envelopes(1, 2, 3, 4)
    groups = list(packed([first, other, *more, replace(other, uuid="y")]))
    assert [[each.uuid for each in group] for group in groups] == [
        ["u0", "u1", "u2"],
        ["u3"],
        ["x"],
        ["y"],
    ]


def test_a_batch_function_must_take_lists() -> None:
    with pytest.raises(ConfigurationError, match=r"list\[Job\]"):

        @task("test.wrong", batch=2)
        def wrong(jobs: list[Job], params: list[int]) -> list[int]:
            return params
