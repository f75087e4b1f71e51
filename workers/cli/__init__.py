"""The command ``odoo-fabric``."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from odoo_bridge.errors import FabricError
from workers.cli import check, deliveries, demo, dev, jobs, processes, sources, up

app = typer.Typer(
    name="odoo-fabric",
    help="A Celery worker fabric that takes heavy work out of Odoo.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
processes.register(app)
up.register(app)
demo.register(app)
jobs.register(app)
deliveries.register(app)
check.register(app)
sources.register(app)
app.add_typer(dev.app, name="dev")


def main() -> None:
    """Run the command line; an error of the fabric is a message, not a traceback."""
    try:
        app()
    except FabricError as error:
        Console(stderr=True).print(
            f"[bold red]{type(error).__name__}[/]: {escape(str(error))}",
            highlight=False,
            soft_wrap=True,
        )
        sys.exit(2)
