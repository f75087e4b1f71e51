"""From samples to answers: medians, ratio, spread, and whether the goal was met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.question import Contender, Goal
from odoo_bridge.job import Json

Samples = Mapping[Contender, Sequence[Mapping[str, float]]]
"""What every run of each contender measured, in order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One goal and what was measured for it. The figures are medians of all runs."""

    question: str
    ours: float
    peer: float | None
    limit: float | None
    unit: str
    ratio: float | None
    """Ours compared with what the goal names; above 1 is better. None: there was no such run."""
    spread: float
    """The widest of the contenders' (max - min) / median."""
    goal: float
    met: bool | None
    """None: it cannot be told."""

    def to_json(self) -> Json:
        """The answer as ``--json`` writes it."""
        return asdict(self)


def answer(goal: Goal, samples: Samples) -> Answer:
    """Compare the medians. Raises ``KeyError`` when ours did not measure the goal's figure."""
    figures = {name: _figures(runs, goal.figure) for name, runs in samples.items()}
    middle = {name: median(values) for name, values in figures.items() if values}
    ours = middle["ours"]
    other = middle.get(goal.against) if isinstance(goal.against, str) else goal.against
    ratio = None if other is None else _ratio(ours, other, goal.smaller_is_better)
    return Answer(
        question=goal.question,
        ours=ours,
        peer=middle.get("peer"),
        limit=middle.get("limit"),
        unit=goal.unit,
        ratio=ratio,
        spread=max(spread(values) for values in figures.values() if values),
        goal=goal.at_least,
        met=None if ratio is None else ratio >= goal.at_least,
    )


def spread(values: Sequence[float]) -> float:
    """How far apart the values lie, as a part of their median; 0 for a single one."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def _ratio(ours: float, other: float, smaller_is_better: bool) -> float:
    above, below = (other, ours) if smaller_is_better else (ours, other)
    return above / below if below else float("inf")


def _figures(runs: Sequence[Mapping[str, float]], figure: str) -> list[float]:
    return [run[figure] for run in runs if figure in run]
