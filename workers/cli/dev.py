"""``odoo-fabric dev odoo``: a real Odoo on the developer's machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from workers.embedded import instance, odoo
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo import OdooOptions
from workers.embedded.release import Report

app = typer.Typer(no_args_is_help=True, help="What a developer needs on their own machine.")
commands = typer.Typer(no_args_is_help=True, help="A real Odoo 19 with demo data and the bridge.")
app.add_typer(commands, name="odoo")

Database = Annotated[str, typer.Option(help="Name of the database; one Odoo runs on each.")]
Modules = Annotated[str, typer.Option(help="More modules to install, with commas between them.")]
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")]
Workers = Annotated[int, typer.Option(help="Odoo's worker processes; 0: threads.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, with the keys.")]


@commands.command()
def start(
    database: Database = "fabric",
    modules: Modules = "",
    port: Port = 8069,
    workers: Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Starts Odoo: minutes the first time, seconds later."""
    with _progress() as report:
        found = odoo.start(_options(database, modules, port, workers), report)
    _show(found, as_json)


@commands.command()
def stop(database: Database = "fabric", as_json: AsJson = False) -> None:
    """Stops Odoo, and PostgreSQL with the last one. The database stays."""
    stopped = odoo.stop(database)
    if as_json:
        typer.echo(json.dumps({"database": database, "stopped": stopped}))
    else:
        typer.echo(f"Odoo on {database} is stopped." if stopped else f"No Odoo runs on {database}.")


@commands.command()
def status(as_json: AsJson = False) -> None:
    """Shows every development Odoo that runs."""
    found = instance.all_running()
    if as_json:
        typer.echo(json.dumps({"running": [_facts(each) for each in found]}))
        return
    for each in found:
        _show(each, as_json=False)
    if not found:
        typer.echo("No development Odoo runs. Start one: odoo-fabric dev odoo start")


@commands.command()
def reset(
    database: Database = "fabric",
    modules: Modules = "",
    port: Port = 8069,
    workers: Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Throws the database away and starts Odoo on a fresh one with demo data."""
    with _progress() as report:
        found = odoo.reset(_options(database, modules, port, workers), report)
    _show(found, as_json)


@commands.command("test")
def run_tests(
    tags: Annotated[str, typer.Option(help="As Odoo's --test-tags.")] = "/celery_bridge",
    database: Database = "fabric_addon_test",
    modules: Modules = "",
) -> None:
    """Runs Odoo's own tests of the addon on a fresh database."""
    with _progress() as report:
        log = odoo.run_tests(_options(database, modules, 0, 0), tags, report)
    typer.echo(log.rpartition("failed, 0 error(s) of ")[2].split(" when")[0] + " passed")


def _options(database: str, modules: str, port: int, workers: int) -> OdooOptions:
    names = tuple(name.strip() for name in modules.split(",") if name.strip())
    return OdooOptions(database, names, port, workers)


@contextmanager
def _progress() -> Iterator[Report]:
    """Reports on stderr, so that stdout holds the answer only; without a terminal, by lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(text, markup=False, highlight=False)
        return
    with console.status("Looking for Odoo") as shown:
        yield shown.update


def _facts(found: DevOdoo) -> dict[str, object]:
    return {key: value if isinstance(value, int | float) else str(value)
            for key, value in asdict(found).items()}  # fmt: skip


def _show(found: DevOdoo, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_facts(found)))
        return
    table = Table(show_header=False, title=f"Odoo on {found.database}", title_justify="left")
    table.add_column()
    table.add_column(overflow="fold")  # what is cut off cannot be copied
    table.add_row("address", found.url)
    table.add_row("logins", "admin / admin, demo / demo")
    table.add_row("database", found.database)
    table.add_row("outbox DSN", _without_password(found.outbox_dsn))
    table.add_row("keys", str(found.key_file))
    table.add_row("log", str(found.log))
    Console().print(table)


def _without_password(dsn: str) -> str:
    head, _at, place = dsn.partition("@")
    return f"{head.rpartition(':')[0]}:…@{place}"
