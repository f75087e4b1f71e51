"""Answers as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.answer import Answer


def table(answers: Sequence[Answer]) -> Table:
    """A line for each goal."""
    shown = Table(title="Benchmarks", title_justify="left")
    shown.add_column("Question")
    for column in ("Ours", "Peer", "Limit", "Unit", "Ratio", "Goal", "Spread"):
        shown.add_column(column, justify="left" if column == "Unit" else "right")
    shown.add_column("Met")
    for each in answers:
        shown.add_row(
            each.question,
            _figure(each.ours),
            _figure(each.peer),
            _figure(each.limit),
            each.unit,
            _figure(each.ratio),
            f"≥ {each.goal:g}",
            f"{each.spread:.0%}",
            _met(each.met),
        )
    return shown


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _met(met: bool | None) -> str:
    return "not told" if met is None else "[green]yes[/]" if met else "[red]no[/]"
