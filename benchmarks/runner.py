"""Runs a question: every contender once a round, so that what disturbs one disturbs all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.answer import Answer, answer
from benchmarks.question import Contender, Contest, Question
from benchmarks.stage import Stage

Report = Callable[[str], None]


def ask(question: Question, stage: Stage, report: Report, *, short: bool) -> list[Answer]:
    """The answers to a question, one a goal."""
    report(f"{question.name}: setting up")
    stage.reset()
    with question.contest(stage, short=short) as contest:
        samples = alternate(contest, lambda text: report(f"{question.name}: {text}"))
    return [answer(goal, samples) for goal in contest.goals]


def alternate(contest: Contest, report: Report) -> dict[Contender, list[Mapping[str, float]]]:
    """The samples of each contender, taken in turns: A B C, A B C, …"""
    samples: dict[Contender, list[Mapping[str, float]]] = {
        contender: [] for contender in contest.contenders
    }
    for turn in range(1, contest.rounds + 1):
        for contender, run in contest.contenders.items():
            report(f"{contender}, round {turn} of {contest.rounds}")
            figures = run()
            samples[contender].append(figures)
            report(f"{contender}: " + ", ".join(f"{k} {v:,.6g}" for k, v in figures.items()))
    return samples
