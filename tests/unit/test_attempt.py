"""One attempt, from envelope to verdict, with in-memory parts around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from odoo_bridge.errors import (
    AccessRefused,
    AnswerMalformed,
    CredentialsRefused,
    FabricError,
    InvalidParams,
    InvalidValue,
    NotOdoo,
    OdooRejected,
    OdooUnavailable,
    RequestTooLarge,
    Retryable,
)
from odoo_bridge.job import Envelope, Json, Outcome, State, Verdict
from odoo_bridge.reporter import Pulse
from odoo_bridge.writeback import to_wire
from tasks import Job, Params, Retry, task
from tasks.base import Runtime, attempt, commit, failed, perform
from tasks.registry import _registry, find


class Greeting(Params):
    name: str
    fail: str = ""


@pytest.fixture(autouse=True)
def greet() -> Iterator[None]:
    @task("test.greet", retry=Retry(max_attempts=3, first=1))
    def greet(job: Job, params: Greeting) -> str:
        job.write("res.partner", [7], {"name": params.name})
        job.progress(1, 2, "half")
        if params.fail == "later":
            raise Retryable("busy", retry_in=9)
        if params.fail:
            raise ValueError(params.fail)
        return f"hello {params.name}"

    yield
    del _registry["test.greet"]


class Keeper:
    """A write-back that answers as told: an error is raised, anything else accepts."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.outcomes: list[Outcome] = []

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        self.outcomes.extend(outcomes)
        if self.answers:
            raise self.answers.pop(0)
        return [Verdict(o.envelope.uuid, o.envelope.attempt, True, o.state) for o in outcomes]


def runtime(keeper: Keeper | None = None, patience: float = 5.0) -> Runtime:
    return Runtime(
        environment=lambda _envelope: {},
        write_back=lambda _origin: keeper or Keeper(),
        delivery=lambda uuid: pytest.fail(f"asked for delivery {uuid}"),
        reporting=lambda _envelope: nullcontext(Pulse()),
        leasing=lambda _envelope: nullcontext(True),
        worker="here",
        patience=patience,
    )


def envelope(attempt: int = 1, task: str = "test.greet", **params: Any) -> Envelope:
    return Envelope("u1", attempt, task, "default", params=params, max_attempts=3)


def test_an_odoo_that_is_away_costs_no_attempt() -> None:
    away = failed(outcome(), OdooUnavailable("away"))
    busy = failed(outcome(), Retryable("busy"))
    assert (away.state, away.counts) == (State.SCHEDULED, False)
    assert (busy.state, busy.counts) == (State.SCHEDULED, True)


def outcome() -> Outcome:
    return Outcome(Envelope("a", 1, "test.greet", "default", max_attempts=3), State.DONE)


def test_what_a_task_collects_goes_back_with_its_result() -> None:
    outcome = attempt(envelope(name="Ada"), runtime())
    assert outcome.state is State.DONE
    assert outcome.result == "hello Ada"
    assert [operation.to_wire() for operation in outcome.operations] == [
        {"kind": "write", "model": "res.partner", "ids": [7], "values": {"name": "Ada"}}
    ]
    assert outcome.worker == "here"


def test_a_failed_attempt_changes_nothing() -> None:
    outcome = attempt(envelope(name="Ada", fail="boom"), runtime())
    assert outcome.state is State.DEAD
    assert outcome.operations == ()
    assert outcome.error == "ValueError: boom"
    assert "boom" in outcome.traceback


def test_a_retryable_error_schedules_the_next_attempt() -> None:
    outcome = attempt(envelope(name="Ada", fail="later"), runtime())
    assert (outcome.state, outcome.retry_in) == (State.SCHEDULED, 9)


def test_after_the_last_attempt_the_job_is_dead() -> None:
    assert attempt(envelope(3, name="Ada", fail="later"), runtime()).state is State.DEAD


def test_params_that_do_not_fit_name_the_field() -> None:
    outcome = attempt(envelope(nmae="Ada"), runtime())
    assert outcome.state is State.DEAD
    assert "name: Field required" in outcome.error
    assert "nmae: Extra inputs are not permitted" in outcome.error


def test_an_unknown_task_is_a_dead_letter_that_names_the_known_ones() -> None:
    outcome = attempt(envelope(task="test.gone"), runtime())
    assert outcome.state is State.DEAD
    assert "test.greet" in outcome.error


def test_an_odoo_away_before_the_task_begins_is_a_retry() -> None:
    def away(_envelope: Envelope) -> Any:
        raise OdooUnavailable("down")

    lent = runtime()
    outcome = attempt(
        envelope(name="Ada"),
        Runtime(away, lent.write_back, lent.delivery, lent.reporting, lent.leasing, lent.worker),
    )
    assert (outcome.state, outcome.counts) == (State.SCHEDULED, False)
    assert to_wire(outcome)["counts"] is False


def test_a_retry_for_any_other_reason_costs_an_attempt() -> None:
    outcome = failed(Outcome(envelope(name="Ada"), State.DEAD), Retryable("busy"))
    assert (outcome.state, outcome.counts) == (State.SCHEDULED, True)


def test_the_outcome_is_offered_until_the_keeper_answers() -> None:
    keeper = Keeper(OdooUnavailable("down"), OdooUnavailable("down"))
    assert perform(envelope(name="Ada"), runtime(keeper)).accepted
    assert len(keeper.outcomes) == 3
    assert keeper.outcomes[0] is keeper.outcomes[2]


def test_a_keeper_that_stays_silent_gives_the_message_back() -> None:
    keeper = Keeper(*[OdooUnavailable("down")] * 100)
    with pytest.raises(OdooUnavailable):
        perform(envelope(name="Ada"), runtime(keeper, patience=0.3))


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (OdooRejected("ValueError: boom"), "OdooRejected: ValueError: boom"),
        (RequestTooLarge("413"), "RequestTooLarge: 413"),
        (AnswerMalformed("not a verdict"), "AnswerMalformed: not a verdict"),
        (InvalidValue("the result is bytes"), "InvalidValue: the result is bytes"),
    ],
)
def test_an_outcome_that_is_refused_for_good_becomes_a_dead_letter(
    refusal: FabricError, said: str
) -> None:
    """It was offered for a minute, went back to the broker, and its job was made anew for ever."""
    keeper = Keeper(refusal)
    assert perform(envelope(name="Ada"), runtime(keeper)).state is State.DEAD
    offered, dead = keeper.outcomes
    assert offered.state is State.DONE
    assert (dead.result, dead.operations) == (None, ())
    assert dead.error == f"the result could not be stored: {said}"


@pytest.mark.parametrize(
    "mendable", [CredentialsRefused("the key"), AccessRefused("the group"), NotOdoo("the address")]
)
def test_what_a_person_mends_kills_no_job(mendable: FabricError) -> None:
    keeper = Keeper(mendable)
    assert perform(envelope(name="Ada"), runtime(keeper)).state is State.DONE
    silent = Keeper(*[mendable] * 100)
    with pytest.raises(type(mendable)):
        perform(envelope(name="Ada"), runtime(silent, patience=0.3))
    assert {each.state for each in silent.outcomes} == {State.DONE}


def test_a_dead_letter_that_is_refused_as_well_gives_the_message_back() -> None:
    keeper = Keeper(*[OdooRejected("boom")] * 100)
    with pytest.raises(OdooRejected):
        perform(envelope(name="Ada"), runtime(keeper, patience=0.3))


def test_of_a_batch_only_the_outcome_to_blame_is_a_dead_letter() -> None:
    class Picky(Keeper):
        def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
            if any(each.state is State.DONE and each.result == 13 for each in outcomes):
                raise OdooRejected("not thirteen")
            return super().commit(outcomes)

    keeper = Picky()
    given = [
        Outcome(Envelope(f"u{number}", 1, "test.greet", "default"), State.DONE, result=number)
        for number in (12, 13, 14)
    ]
    verdicts = commit(given, runtime(keeper))
    assert [each.state for each in verdicts] == [State.DONE, State.DEAD, State.DONE]
    assert [each.uuid for each in verdicts] == ["u12", "u13", "u14"]


def test_check_raises_invalid_params() -> None:
    with pytest.raises(InvalidParams, match=r"test\.greet: name"):
        find("test.greet").check({})


def test_a_copy_of_a_running_attempt_steps_aside() -> None:
    keeper = Keeper()
    lent = replace(runtime(keeper), leasing=lambda _envelope: nullcontext(False))
    assert not perform(envelope(name="Ada"), lent).accepted
    assert keeper.outcomes == []


@pytest.mark.parametrize(
    ("written", "result", "named"),
    [
        ({"price": float("nan")}, 1, "operation 0.values.price is not a finite number"),
        ({"name": "half \ud83d"}, 1, "operation 0.values.name holds the character U+D83D"),
        ({"image": b"x"}, 1, "operation 0.values.image is bytes"),
        ({}, {"average": float("inf")}, "the result.average is not a finite number"),
        ({}, {1, 2}, "the result is of type set"),
    ],
)
def test_what_odoo_could_never_be_told_makes_a_dead_letter_at_once(
    written: Json, result: object, named: str
) -> None:
    """In the write-back it would fail again and again, and with it what is sent together."""

    @task("test.unsayable")
    def unsayable(job: Job, params: Params) -> object:
        job.write("product.product", [1], written)
        return result

    try:
        outcome = attempt(Envelope("u1", 1, "test.unsayable", "default", max_attempts=3), runtime())
    finally:
        del _registry["test.unsayable"]
    assert outcome.state is State.DEAD
    assert outcome.error.startswith(f"InvalidValue: {named}")
    assert outcome.operations == ()


def test_an_error_that_quotes_half_a_character_can_be_told() -> None:
    outcome = attempt(
        Envelope(
            "u1",
            3,
            "test.greet",
            "default",
            params={"name": "x", "fail": "bad \ud83d"},
            max_attempts=3,
        ),
        runtime(),
    )
    assert outcome.error == "ValueError: bad ?"
    outcome.traceback.encode()
