"""The questions, by name."""

from __future__ import annotations

from benchmarks.question import Question
from benchmarks.questions.backlog import Backlog
from benchmarks.questions.drain import Drain
from benchmarks.questions.enqueue import Enqueue
from benchmarks.questions.export import Export
from benchmarks.questions.ingest import Ingest
from benchmarks.questions.ingest_page import IngestPage
from benchmarks.questions.intake import Intake
from benchmarks.questions.latency import Latency
from benchmarks.questions.page import Page
from benchmarks.questions.price import Price
from benchmarks.questions.read import Read
from benchmarks.questions.recovery import Recovery
from benchmarks.questions.report_page import ReportPage
from benchmarks.questions.write import Write

_ALL: tuple[Question, ...] = (
    Enqueue(),
    Drain(),
    Latency(),
    Recovery(),
    Backlog(),
    Page(),
    Read(),
    Write(),
    Ingest(),
    IngestPage(),
    Intake(),
    Price(),
    Export(),
    ReportPage(),
)

QUESTIONS = {question.name: question for question in _ALL}
