"""``odoo-fabric demo``: a real Odoo, the fabric beside it, and the headline jobs through both."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from odoo_bridge.errors import FabricError
from odoo_bridge.job import State
from workers.cli.up import addresses, show, stop_requested
from workers.demo import SOURCE, Demo, Line
from workers.embedded import instance, odoo
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.process import port_free
from workers.settings import settings

ORDERS = 50
PATIENCE = 180.0
ODOO_PORT = 8069


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)


def demo() -> None:
    """Show the fabric at work: prices, a report and fifty orders, on a real Odoo.

    On a terminal it stays up until Ctrl-C. With DEMO_EXIT=1, or without a terminal, it stops
    everything and exits 0 only if every job ended done.
    """
    console = Console()
    secret = secrets.token_urlsafe(24)
    given = settings().model_copy(update={"hook_secrets": {SOURCE: [SecretStr(secret)]}})
    with (
        stop_requested() as stop,
        development_odoo(given.odoo_database, console) as dev_odoo,
        fabric(given, console) as (supervisor, config),
    ):
        lines = _work(Demo(dev_odoo, config, secret), console, stop)
        console.print(table(lines), addresses(config, supervisor.logs))
        if console.is_terminal and os.environ.get("DEMO_EXIT") != "1":
            show(supervisor, config, stop, console)
        console.print("Stopping: running jobs may finish.", style="dim")
    if not lines or any(line.state != State.DONE for line in lines):
        raise FabricError("not every job of the demo ended done")


@contextmanager
def development_odoo(database: str, console: Console) -> Iterator[DevOdoo]:
    """The development Odoo, for the length of the context unless it ran before."""
    options = odoo.OdooOptions(database or odoo.OdooOptions.database)
    before = instance.running(options.database)
    if before is not None:
        yield before
        return
    port = ODOO_PORT if port_free(ODOO_PORT) else 0
    with console.status("Odoo") as status:
        started = odoo.start(replace(options, port=port), report=status.update)
    console.print(f"Odoo runs at {started.url}", style="dim")
    try:
        yield started
    finally:
        odoo.stop(started.database)


def table(lines: Sequence[Line]) -> Table:
    """What happened, a line for each job or kind of job."""
    shown = Table(title="What happened", title_justify="left")
    for column in ("Job", "State"):
        shown.add_column(column)
    for column in ("Waiting", "Running", "Written"):
        shown.add_column(column, justify="right")
    for line in lines:
        colour = "green" if line.state == State.DONE else "red"
        shown.add_row(
            line.job,
            f"[{colour}]{line.state}[/]",
            f"{line.waiting:.2f} s",
            f"{line.running:.2f} s",
            line.error or line.written,
        )
    return shown


def _work(demo: Demo, console: Console, stop: Event) -> list[Line]:
    with console.status("Enqueueing in Odoo, posting orders to the gateway"):
        jobs = demo.enqueue()
        deliveries = demo.post_orders(ORDERS)
    with console.status("Waiting for the workers"):
        demo.wait(jobs, deliveries, PATIENCE, stop)
    return demo.lines(jobs, deliveries)
