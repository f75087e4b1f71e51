"""``odoo-fabric check odoo``: can the fabric work with this Odoo, and how?"""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workers.check import Report, check_odoo
from workers.cli.processes import start

checks = typer.Typer(help="Look whether what the fabric needs is in order.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    checks.command("odoo")(odoo)
    app.add_typer(checks, name="check")


@checks.callback()
def _group() -> None:
    """Look whether what the fabric needs is in order."""


def odoo(as_json: AsJson = False) -> None:
    """Show Odoo's version, transports and latency, the addon, and what the account may do.

    Changes nothing. Exits 1 when there is something to mend.
    """
    report = check_odoo(start())
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _show(report, Console())
    raise typer.Exit(bool(report.problems))


def _show(report: Report, console: Console) -> None:
    console.print(f"Odoo {report.version or '?'} at {report.url}", highlight=False)
    console.print(
        f"database {report.database}, login {report.login} (id {report.user_id or '?'}), "
        f"addon {report.addon or '?'} (protocol {report.protocol or '?'})",
        highlight=False,
    )
    table = Table("Transport", "Offered", "Latency", "Used for")
    for name, way in report.transports.items():
        used = ", ".join(purpose for purpose, chosen in report.chosen.items() if chosen == name)
        latency = f"{way.latency_ms:.1f} ms" if way.latency_ms is not None else ""
        table.add_row(name, "yes" if way.offered else escape(way.why_not), latency, used)
    console.print(table)
    for problem in report.problems:
        console.print(f"[bold red]Problem[/] {escape(problem)}", soft_wrap=True, highlight=False)
