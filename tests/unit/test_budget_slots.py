"""How slots are divided, how the limit learns, when the circuit opens: on a clock of the test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.rpc.budget import limit
from odoo_bridge.rpc.budget.breaker import ENOUGH, LONGEST, SHORTEST, TRIAL_LASTS, Circuit
from odoo_bridge.rpc.budget.shared import Ask, Grant, Need, Share, Shared
from odoo_bridge.rpc.budget.slots import LASTS, PATIENCE, TURN, bulk_slots, settle

MOST = 8
QUICK = 0.003


@dataclass
class Odoo:
    """A budget, and processes that ask for it."""

    shared: Shared = field(default_factory=lambda: Shared(limit=4.0, fastest=QUICK))
    now: float = 1000.0

    def ask(self, process: str, *, running: int = 0, wanted: int = 0, **more: object) -> Grant:
        share = Share(more.pop("share", Share.INTERACTIVE))
        group = str(more.pop("group", process))
        ask = Ask(process, group, {share: Need(running, wanted)}, **more)  # type: ignore[arg-type]
        return settle(self.shared, ask, MOST, self.now)

    def slots(self, process: str, **need: object) -> int:
        return sum(self.ask(process, **need).slots.values())  # type: ignore[arg-type]

    def held(self) -> int:
        return sum(each.slots for each in self.shared.holders.values())


@pytest.fixture
def odoo() -> Odoo:
    return Odoo()


def test_who_is_alone_has_all(odoo: Odoo) -> None:
    assert odoo.slots("a", wanted=10) == 4


def test_the_limit_is_for_all_processes_together(odoo: Odoo) -> None:
    assert odoo.slots("a", wanted=3) == 3
    assert odoo.slots("b", wanted=3) == 1
    assert odoo.slots("c", wanted=3) == 0


def test_who_has_nothing_gets_a_part_after_a_turn(odoo: Odoo) -> None:
    odoo.slots("a", wanted=4)
    assert odoo.slots("b", wanted=4) == 0
    odoo.now += TURN
    assert odoo.slots("a", running=2, wanted=4) == 2
    assert odoo.slots("b", wanted=4) == 2


def test_one_slot_goes_round(odoo: Odoo) -> None:
    odoo.shared.limit = 0.5
    had: dict[str, int] = dict.fromkeys("abc", 0)
    for _ in range(300):
        for process in "abc":
            had[process] += odoo.slots(process, wanted=1)
            assert odoo.held() <= 1
        odoo.now += TURN / 2
    assert max(had.values()) < 1.3 * min(had.values())


def test_a_pool_of_many_processes_has_no_more_than_one_of_few(odoo: Odoo) -> None:
    odoo.shared.limit = 1.0
    had = {"few": 0, "many": 0}
    for _ in range(1000):
        for process, group in (("a", "few"), *((f"b{n}", "many") for n in range(5))):
            had[group] += odoo.slots(process, group=group, wanted=1)
        odoo.now += TURN / 10
    assert 0.7 < had["few"] / had["many"] < 1.4


def test_what_runs_counts_until_it_has_ended(odoo: Odoo) -> None:
    odoo.slots("a", wanted=4)
    odoo.shared.limit = 1.0
    assert odoo.slots("a", running=4, wanted=4) == 1
    assert odoo.slots("b", wanted=1) == 0
    assert odoo.held() == 4


def test_a_dead_process_gives_its_slots_back(odoo: Odoo) -> None:
    odoo.slots("dead", running=4, wanted=4)
    odoo.now += LASTS + 0.1
    assert odoo.slots("a", wanted=4) == 4


def test_bulk_leaves_a_slot_for_who_waits(odoo: Odoo) -> None:
    assert odoo.slots("a", share="bulk", wanted=10) == bulk_slots(4) == 3
    assert odoo.slots("b", wanted=10) == 1


def test_interactive_has_more_than_bulk_and_bulk_does_not_starve(odoo: Odoo) -> None:
    odoo.shared.limit = 1.0
    had = {"interactive": 0, "bulk": 0}
    for _ in range(400):
        for share in had:
            had[share] += odoo.slots("a", share=share, group="", wanted=1)
        odoo.now += TURN / 2
    assert had["interactive"] > 1.5 * had["bulk"] > 20


def test_an_outcome_does_not_wait_for_a_long_bulk_call(odoo: Odoo) -> None:
    odoo.shared.limit = 1.0
    odoo.slots("reads", share="bulk", wanted=1)
    assert odoo.slots("writes", wanted=1) == 0
    odoo.now += PATIENCE
    odoo.slots("reads", share="bulk", running=1, wanted=1)
    assert odoo.slots("writes", wanted=1) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from(list(Share)),
            st.integers(0, 6),
            st.floats(0, 1),
        ),
        max_size=60,
    ),
    st.floats(0.2, 8.0),
)
def test_no_more_calls_than_the_limit(
    steps: list[tuple[str, Share, int, float]], limit_now: float
) -> None:
    """Whoever asks for what: whole slots are never exceeded, but by one outcome that starved."""
    odoo = Odoo(Shared(limit=limit_now, fastest=QUICK))
    running: dict[tuple[str, Share], int] = {}
    for process, share, wanted, passes in steps:
        odoo.now += passes
        mine = min(running.get((process, share), 0), wanted)
        granted = odoo.slots(process, share=share, group="", running=mine, wanted=wanted)
        running[process, share] = max(mine, min(granted, wanted))
        held = [each.slots for each in odoo.shared.holders.values()]
        assert sum(held) <= limit.whole(limit_now) + 1


def test_the_first_measurement_is_made_in_silence() -> None:
    odoo = Odoo(Shared())
    first = odoo.ask("a", wanted=2)
    assert first.probe
    assert not any(first.slots.values())
    assert not odoo.slots("b", wanted=2)
    assert odoo.slots("a", wanted=2, probe=QUICK)


def test_it_grows_by_steps_and_shrinks_by_parts(odoo: Odoo) -> None:
    odoo.ask("a", wanted=10, running=4)
    assert odoo.ask("a", wanted=10, running=4, probe=QUICK).limit == 4 + limit.STEP
    assert odoo.ask("a", wanted=10, running=4, probe=1.0).limit == pytest.approx(
        (4 + limit.STEP) * limit.EASE
    )


def test_it_does_not_grow_unused(odoo: Odoo) -> None:
    odoo.ask("a", wanted=1)
    assert odoo.ask("a", wanted=1, probe=QUICK).limit == 4.0


def test_it_stays_between_its_bounds(odoo: Odoo) -> None:
    for _ in range(100):
        odoo.ask("a", wanted=10, probe=9.0)
    assert odoo.shared.limit == limit.LEAST
    for _ in range(1000):
        odoo.now += limit.EVERY
        odoo.ask("a", wanted=10, probe=QUICK)
    assert odoo.shared.limit == MOST


def test_turned_away_it_halves_once_a_second(odoo: Odoo) -> None:
    assert odoo.ask("a", overloads=1).limit == 2.0
    assert odoo.ask("b", overloads=5).limit == 2.0
    for _ in range(2):
        odoo.now += limit.EASE_PAUSE
        assert odoo.ask("b", overloads=1).limit == 1.0


def test_a_slower_odoo_is_learned(odoo: Odoo) -> None:
    for _ in range(2000):
        odoo.now += limit.EVERY
        odoo.ask("a", wanted=10, probe=10 * QUICK)
    assert odoo.shared.limit == MOST


def test_what_was_too_many_is_not_tried_again_soon(odoo: Odoo) -> None:
    """Each try is felt by a person: two calls at an Odoo of two workers leave none for them."""
    odoo.shared.limit = 2.0

    def grown() -> float:
        for _ in range(100):
            odoo.ask("a", wanted=10, running=1, probe=QUICK)
        return odoo.shared.limit

    odoo.ask("a", wanted=10)
    odoo.ask("a", wanted=10, probe=1.0)
    assert 1.5 < grown() < 2.0
    odoo.now += limit.AVOIDS
    assert grown() > 2.0


def test_who_measures_for_all_does_so_alone_until_it_is_gone(odoo: Odoo) -> None:
    """A call of 3 ms that is timed in a busy worker tells how busy the worker is."""
    assert not odoo.ask("relay", measures=True).probe, "nobody calls"
    odoo.ask("a", wanted=1, probe=QUICK)
    odoo.now += limit.EVERY
    assert not odoo.ask("a", wanted=1).probe
    assert odoo.ask("relay", measures=True).probe
    odoo.now += limit.MEASURER_LASTS
    assert odoo.ask("a", wanted=1).probe


def test_one_measures_at_a_time(odoo: Odoo) -> None:
    asked = [odoo.ask(process, wanted=1).probe for process in "abc"]
    assert asked == [True, False, False]
    odoo.now += limit.EVERY
    assert odoo.ask("b", wanted=1).probe


@pytest.mark.parametrize(
    ("allowed", "took", "share", "pause"),
    [
        (1.0, 5.0, Share.BULK, 0.0),
        (0.5, 0.1, Share.BULK, 0.1),
        (0.2, 0.1, Share.BULK, 0.4),
        (0.2, 60.0, Share.BULK, 1.0),
        (0.2, 0.1, Share.INTERACTIVE, 0.1),
    ],
)
def test_below_one_a_call_is_followed_by_rest(
    allowed: float, took: float, share: Share, pause: float
) -> None:
    assert limit.rest(allowed, took, share) == pytest.approx(pause)


def test_the_circuit_opens_for_all_after_enough_in_a_row(odoo: Odoo) -> None:
    assert odoo.ask("a", unanswered=ENOUGH - 1, error="reset").circuit is Circuit.CLOSED
    assert odoo.ask("b", unanswered=1, error="refused").circuit is Circuit.OPEN
    heard = odoo.ask("c")
    assert (heard.circuit, heard.error, heard.trial) == (Circuit.OPEN, "refused", False)


def test_an_answer_in_between_keeps_it_closed(odoo: Odoo) -> None:
    odoo.ask("a", unanswered=ENOUGH - 1)
    odoo.ask("b", answered=True)
    assert odoo.ask("a", unanswered=1).circuit is Circuit.CLOSED


def test_half_open_one_tries_and_closes_it(odoo: Odoo) -> None:
    odoo.ask("a", unanswered=ENOUGH)
    odoo.now += SHORTEST
    tries = [odoo.ask(process) for process in "abc"]
    assert [each.trial for each in tries] == [True, False, False]
    assert all(each.circuit is Circuit.HALF_OPEN for each in tries)
    assert odoo.ask("a", answered=True).circuit is Circuit.CLOSED


def test_a_trial_that_fails_doubles_the_pause_up_to_a_limit(odoo: Odoo) -> None:
    odoo.ask("a", unanswered=ENOUGH)
    pauses = []
    for _ in range(8):
        odoo.now += odoo.ask("a").retry_in
        assert odoo.ask("a").trial
        pauses.append(odoo.ask("a", unanswered=1).retry_in)
    assert pauses[:3] == pytest.approx([2, 4, 8])
    assert pauses[-1] == pytest.approx(LONGEST)


def test_a_trial_whose_process_died_is_given_to_another(odoo: Odoo) -> None:
    odoo.ask("a", unanswered=ENOUGH)
    odoo.now += SHORTEST
    assert odoo.ask("a").trial
    odoo.now += TRIAL_LASTS
    assert odoo.ask("b").trial
