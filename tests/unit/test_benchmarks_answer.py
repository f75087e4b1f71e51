"""What the benchmarks make of their samples, and the form in which they say it."""

from __future__ import annotations

import json

import orjson
import pytest

from benchmarks.answer import Answer, Samples, answer, spread
from benchmarks.question import Goal
from benchmarks.report import table

RATE = Goal("drain", "jobs", "jobs/s", "peer", 8)
WAIT = Goal("latency", "p50", "ms", "peer", 3, smaller_is_better=True)


def of(figure: str, **runs: list[float]) -> Samples:
    return {name: [{figure: value} for value in values] for name, values in runs.items()}  # type: ignore[misc]


def test_the_figures_are_medians() -> None:
    found = answer(RATE, of("jobs", ours=[1600, 100, 1700], peer=[200, 210, 10], limit=[2000]))
    assert (found.ours, found.peer, found.limit) == (1600, 200, 2000)
    assert found.ratio == 8
    assert found.met is True


def test_a_goal_just_missed_is_missed() -> None:
    assert answer(RATE, of("jobs", ours=[1599], peer=[200])).met is False


def test_less_is_better_where_the_goal_says_so() -> None:
    found = answer(WAIT, of("p50", ours=[4], peer=[13]))
    assert found.ratio == pytest.approx(3.25)
    assert found.met is True


def test_a_goal_may_be_about_the_limit() -> None:
    goal = Goal("drain", "jobs", "jobs/s", "limit", 0.8)
    found = answer(goal, of("jobs", ours=[1600], peer=[200], limit=[2000]))
    assert (found.ratio, found.met) == (0.8, True)


@pytest.mark.parametrize(("ours", "met"), [(2000, True), (1999, False)])
def test_a_goal_may_be_a_number(ours: float, met: bool) -> None:
    found = answer(Goal("intake", "rate", "/s", 2000.0, 1), of("rate", ours=[ours], limit=[9000]))
    assert (found.ratio, found.met, found.limit) == (ours / 2000, met, 9000)


def test_without_the_other_run_nothing_is_told() -> None:
    found = answer(RATE, of("jobs", ours=[1600]))
    assert (found.peer, found.ratio, found.met) == (None, None, None)


def test_a_run_that_lacks_the_figure_does_not_count() -> None:
    found = answer(RATE, {"ours": [{"jobs": 900}], "peer": [{"other": 1}]})
    assert found.peer is None


def test_ours_must_have_measured_it() -> None:
    with pytest.raises(KeyError):
        answer(RATE, of("jobs", peer=[200]))


@pytest.mark.parametrize(
    ("values", "expected"), [([5.0], 0.0), ([90.0, 100.0, 130.0], 0.4), ([0.0, 0.0], 0.0)]
)
def test_spread_is_a_part_of_the_median(values: list[float], expected: float) -> None:
    assert spread(values) == pytest.approx(expected)


def test_the_widest_spread_is_told() -> None:
    found = answer(RATE, of("jobs", ours=[100, 100], peer=[8, 12], limit=[1, 1]))
    assert found.spread == pytest.approx(0.4)


def test_the_json_form() -> None:
    found = answer(RATE, of("jobs", ours=[1600], peer=[200]))
    assert json.loads(orjson.dumps([found.to_json()])) == [
        {
            "question": "drain",
            "ours": 1600,
            "peer": 200,
            "limit": None,
            "unit": "jobs/s",
            "ratio": 8.0,
            "spread": 0.0,
            "goal": 8,
            "met": True,
        }
    ]


def test_the_table_has_a_line_an_answer() -> None:
    missing = Answer("recovery", 3.0, None, None, "s", None, 0.0, 10, None)
    assert table([missing, missing]).row_count == 2
