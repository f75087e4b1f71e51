"""The questions, by name."""

from __future__ import annotations

from benchmarks.question import Question
from benchmarks.questions.backlog import Backlog
from benchmarks.questions.drain import Drain
from benchmarks.questions.enqueue import Enqueue
from benchmarks.questions.latency import Latency

_ALL: tuple[Question, ...] = (Enqueue(), Drain(), Latency(), Backlog())

QUESTIONS = {question.name: question for question in _ALL}
