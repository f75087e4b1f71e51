"""The command line: ``python -m benchmarks QUESTION [--short] [--json FILE]``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.answer import Answer
from benchmarks.questions import QUESTIONS
from benchmarks.report import table
from benchmarks.runner import Report, ask
from benchmarks.stage import stage
from odoo_bridge.errors import FabricError

EVERY = "all"

app = typer.Typer(pretty_exceptions_show_locals=False)

Names = Annotated[str, typer.Argument(help="One of `list`, or `all`.")]
Short = Annotated[bool, typer.Option(help="Fewer jobs and fewer rounds.")]
File = Annotated[Path | None, typer.Option("--json", help="Write the answers to this file.")]


@app.command()
def benchmarks(question: Names = EVERY, short: Short = False, json: File = None) -> None:
    """Measure the fabric beside its peer, on a real Odoo."""
    console = Console()
    if question == "list":
        console.print(_listed())
        return
    names = list(QUESTIONS) if question == EVERY else [question]
    if question not in {EVERY, *QUESTIONS}:
        raise typer.BadParameter(f"no question {question!r}; there are: {', '.join(QUESTIONS)}")
    answers: list[Answer] = []
    with _reports() as report, stage(report) as stands:
        for name in names:
            answers += ask(QUESTIONS[name], stands, report, short=short)
            _write(json, answers)
    console.print(table(answers))


def main() -> None:
    """Run the command line; an error of the fabric is a message, not a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        app()
    except FabricError as error:
        Console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        sys.exit(2)


def _listed() -> Table:
    listed = Table.grid(padding=(0, 2))
    for name, question in QUESTIONS.items():
        listed.add_row(name, question.asks)
    return listed


def _write(file: Path | None, answers: Sequence[Answer]) -> None:
    if file is not None:
        file.write_bytes(
            orjson.dumps([each.to_json() for each in answers], option=orjson.OPT_INDENT_2)
        )


@contextmanager
def _reports() -> Iterator[Report]:
    """Progress on stderr: one line at a time on a terminal, a line each without one."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(text, markup=False, highlight=False)
        return
    with console.status("Benchmarks") as shown:
        yield shown.update
