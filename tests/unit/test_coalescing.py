"""Group commit among threads: together when it can be, each its own answer always."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from odoo_bridge.coalescing import CoalescingWriteBack
from odoo_bridge.errors import FabricError, OdooRejected, OdooUnavailable
from odoo_bridge.job import Envelope, Outcome, State, Verdict


def outcome(uuid: str) -> Outcome:
    return Outcome(Envelope(uuid, 1, "t", "default"), State.DONE)


class Keeper:
    """Holds its first call until it is let go, and refuses by uuid."""

    def __init__(self, refused: str = "", error: type[FabricError] = OdooRejected) -> None:
        self.refused = refused
        self.error = error
        self.calls: list[list[str]] = []
        self.called = Event()
        self.let_go = Event()

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        uuids = [each.envelope.uuid for each in outcomes]
        self.calls.append(uuids)
        self.called.set()
        assert self.let_go.wait(10)
        if self.refused in uuids:
            raise self.error(self.refused)
        return [Verdict(uuid, 1, accepted=True, state=State.DONE) for uuid in uuids]


def held_up(
    writer: CoalescingWriteBack, keeper: Keeper, threads: ThreadPoolExecutor, waiting: int
) -> dict[str, Future[list[Verdict]]]:
    """One commit that is out, and others that wait for it."""
    answers = {"first": threads.submit(writer.commit, [outcome("first")])}
    assert keeper.called.wait(10)
    for number in range(waiting):
        answers[str(number)] = threads.submit(writer.commit, [outcome(str(number))])
    while len(writer._queue) < waiting:
        keeper.let_go.wait(0.001)
    return answers


def test_two_calls_are_out_at_once_and_no_third() -> None:
    keeper = Keeper()
    writer = CoalescingWriteBack(keeper, linger=0)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(writer.commit, [outcome("first")])
        assert keeper.called.wait(10)
        keeper.called.clear()
        second = threads.submit(writer.commit, [outcome("second")])
        assert keeper.called.wait(10)
        keeper.called.clear()
        third = threads.submit(writer.commit, [outcome("third")])
        assert not keeper.called.wait(0.1)
        keeper.let_go.set()
        assert all(answer.result(10)[0].accepted for answer in (first, second, third))
    assert keeper.calls == [["first"], ["second"], ["third"]]


def test_one_alone_is_committed_at_once() -> None:
    keeper = Keeper()
    keeper.let_go.set()
    writer = CoalescingWriteBack(keeper)
    assert [verdict.uuid for verdict in writer.commit([outcome("a"), outcome("b")])] == ["a", "b"]
    assert keeper.calls == [["a", "b"]]


def test_what_waits_goes_out_together_and_each_gets_its_own_verdict() -> None:
    keeper = Keeper()
    writer = CoalescingWriteBack(keeper, calls=1)
    with ThreadPoolExecutor(8) as threads:
        answers = held_up(writer, keeper, threads, waiting=7)
        keeper.let_go.set()
        for uuid, answer in answers.items():
            assert [verdict.uuid for verdict in answer.result(10)] == [uuid]
    assert [len(call) for call in keeper.calls] == [1, 7]


def test_a_call_carries_no_more_than_the_largest() -> None:
    keeper = Keeper()
    writer = CoalescingWriteBack(keeper, largest=3, calls=1)
    with ThreadPoolExecutor(8) as threads:
        answers = held_up(writer, keeper, threads, waiting=7)
        keeper.let_go.set()
        assert all(answer.result(10) for answer in answers.values())
    assert [len(call) for call in keeper.calls] == [1, 3, 3, 1]


def test_a_permanent_error_is_its_callers_alone() -> None:
    keeper = Keeper(refused="2")
    writer = CoalescingWriteBack(keeper, calls=1)
    with ThreadPoolExecutor(8) as threads:
        answers = held_up(writer, keeper, threads, waiting=5)
        keeper.let_go.set()
        with pytest.raises(OdooRejected):
            answers.pop("2").result(10)
        assert all(answer.result(10) for answer in answers.values())


def test_an_odoo_that_is_away_is_away_for_all() -> None:
    keeper = Keeper(refused="2", error=OdooUnavailable)
    writer = CoalescingWriteBack(keeper, calls=1)
    with ThreadPoolExecutor(8) as threads:
        answers = held_up(writer, keeper, threads, waiting=5)
        keeper.let_go.set()
        assert answers.pop("first").result(10)
        for answer in answers.values():
            with pytest.raises(OdooUnavailable):
                answer.result(10)
    assert len(keeper.calls) == 2


def test_the_writer_goes_on_after_an_error() -> None:
    keeper = Keeper(refused="bad")
    keeper.let_go.set()
    writer = CoalescingWriteBack(keeper, calls=1)
    with pytest.raises(OdooRejected):
        writer.commit([outcome("bad")])
    assert writer.commit([outcome("good")])[0].accepted


def test_batches_of_many_outcomes_count_as_many() -> None:
    # Regression: it counted callers, so that four batches of fifty made one transaction.
    keeper = Keeper()
    writer = CoalescingWriteBack(keeper, largest=5, calls=1, linger=0)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(writer.commit, [outcome("first")])
        assert keeper.called.wait(10)
        rest = [
            threads.submit(writer.commit, [outcome(f"{batch}{n}") for n in range(size)])
            for batch, size in (("a", 3), ("b", 3), ("c", 7))
        ]
        while len(writer._queue) < 3:
            keeper.let_go.wait(0.001)
        keeper.let_go.set()
        assert [len(each.result()) for each in (first, *rest)] == [1, 3, 3, 7]
    assert sorted(map(len, keeper.calls)) == [1, 3, 3, 7]
