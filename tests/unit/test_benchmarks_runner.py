"""Contenders take turns, and every question can be asked for."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import in_odoo
from benchmarks.cli import app
from benchmarks.question import Contest, Figures
from benchmarks.questions import QUESTIONS
from benchmarks.runner import alternate

IN_ODOO = sorted(Path(in_odoo.__file__).parent.glob("[a-z]*.py"))
ROOT = Path(__file__).parents[2]


def test_contenders_run_in_turns() -> None:
    ran: list[str] = []

    def run(name: str) -> Figures:
        ran.append(name)
        return {"n": len(ran)}

    contest = Contest(
        {"ours": lambda: run("ours"), "peer": lambda: run("peer")}, goals=[], rounds=2
    )
    samples = alternate(contest, lambda _text: None)
    assert ran == ["ours", "peer", "ours", "peer"]
    assert samples == {"ours": [{"n": 1}, {"n": 3}], "peer": [{"n": 2}, {"n": 4}]}


def test_the_list_names_every_question() -> None:
    listed = CliRunner().invoke(app, ["list"])
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in QUESTIONS)


def test_an_unknown_question_is_refused_before_anything_starts() -> None:
    asked = CliRunner().invoke(app, ["speed"])
    assert asked.exit_code == 2
    assert "speed" in asked.output


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_documented(name: str) -> None:
    page = (ROOT / "docs/reference/benchmarks.md").read_text("utf-8")
    assert f"## `{name}`" in page


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_is_a_file_of_under_120_lines(question: object) -> None:
    assert len(inspect.getsource(inspect.getmodule(question) or question).splitlines()) < 120  # type: ignore[arg-type]


@pytest.mark.parametrize("file", IN_ODOO, ids=lambda file: file.stem)
def test_what_runs_inside_odoo_stands_on_its_own(file: Path) -> None:
    names = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {name for name in names if str(name).startswith(("benchmarks", "workers"))}
