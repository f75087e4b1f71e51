"""The questions, by name."""

from __future__ import annotations

from benchmarks.question import Question
from benchmarks.questions.drain import Drain
from benchmarks.questions.enqueue import Enqueue

_ALL: tuple[Question, ...] = (Enqueue(), Drain())

QUESTIONS = {question.name: question for question in _ALL}
