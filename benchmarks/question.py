"""What a question is: contenders who run in turns, and goals that compare their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from benchmarks.stage import Stage

Figures = Mapping[str, float]
"""What one run measured, by name."""
Run = Callable[[], Figures]
Contender = Literal["ours", "peer", "limit"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the answer: ``figure`` of ours, compared with ``against``."""

    question: str
    figure: str
    unit: str
    against: Contender | float
    """A contender; or a number, where the machine that it was promised for is the measure."""
    at_least: float
    """The ratio that is wanted. It is above 1 when ours is better, whatever the unit."""
    smaller_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Contest:
    """Who runs, how often, and what is wanted of the figures."""

    contenders: Mapping[Contender, Run]
    goals: Sequence[Goal]
    rounds: int = 3


class Question(Protocol):
    """One file of ``benchmarks/questions`` each."""

    name: str
    asks: str
    """What it finds out, in one line."""

    def contest(self, stage: Stage, *, short: bool) -> AbstractContextManager[Contest]:
        """Set up what the contenders need for the length of the context."""
