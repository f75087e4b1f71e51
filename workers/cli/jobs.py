"""What is in flight, as the three sides see it: ``odoo-fabric status``, ``jobs reconcile``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_bridge.outbox.rescue import Place
from workers.cli.odoo import metrics, odoo_state, odoo_table
from workers.cli.processes import start
from workers.reconcile import Finding, counted, reconcile
from workers.settings import Settings

jobs = typer.Typer(help="Look at the jobs that are in flight.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

AsMetrics = Annotated[
    bool, typer.Option("--metrics", help="Print how Odoo is, in Prometheus' text format.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(status)
    jobs.command("reconcile")(reconcile_command)
    app.add_typer(jobs, name="jobs")


def status(as_json: AsJson = False, as_metrics: AsMetrics = False) -> None:
    """How Odoo is, and what is in flight, by queue: running, waiting in the broker, or lost."""
    config = _settings()
    odoo = odoo_state(config)
    if as_metrics:
        print("\n".join(metrics(odoo) if odoo else ()))
        return
    findings = reconcile(config)
    if as_json:
        rows = [
            {"outbox": outbox, "queue": queue, **{place: counts[place] for place in Place}}
            for (outbox, queue), counts in counted(findings).items()
        ]
        print(json.dumps({"odoo": odoo, "in_flight": rows}))
        return
    if odoo:
        Console().print(odoo_table(odoo))
    table = Table("Outbox", "Queue", *(place.value.capitalize() for place in Place))
    for (outbox, queue), counts in sorted(counted(findings).items()):
        table.add_row(outbox, queue, *(str(counts[place]) for place in Place))
    Console().print(table if findings else "Nothing is in flight.")


def reconcile_command(as_json: AsJson = False) -> None:
    """Compare SQL, leases and broker, and name the attempts on which they differ.

    Changes nothing: the rescue puts orphans back within seconds. Exits 1 when there are any.
    """
    orphans = [each for each in reconcile(_settings()) if each.orphaned]
    if as_json:
        print(json.dumps([each.to_json() for each in orphans]))
    else:
        Console().print(_table(orphans) if orphans else "SQL, leases and broker agree.")
    raise typer.Exit(bool(orphans))


def _settings() -> Settings:
    return start("broker_url")


def _table(orphans: Sequence[Finding]) -> Table:
    table = Table("Outbox", "Job", "Attempt", "Queue", "State", "Claimed", "Why it is an orphan")
    why = {Place.LAPSED: "its worker is gone", Place.MISSING: "not in the broker, no worker has it"}
    for each in orphans:
        table.add_row(
            each.outbox,
            each.job.uuid,
            str(each.job.attempt),
            each.job.queue,
            each.job.state.value,
            f"{each.job.claimed_seconds:.0f} s ago",
            why[each.place],
        )
    return table
