"""Sources of webhooks: ``odoo-fabric sources list``, ``sources check``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.outbox.ledger import QUEUE, TASK
from odoo_bridge.rpc.acting import environment
from odoo_bridge.sources import SourceFile, read_source
from tasks.job import Environment
from tasks.webhooks.declared import declared, ready
from tasks.webhooks.trial import trial
from workers.cli.processes import start
from workers.runtime import addon

sources = typer.Typer(help="Look at the sources of webhooks.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    sources.command("list")(list_sources)
    sources.command("check")(check)
    app.add_typer(sources, name="sources")


def list_sources(as_json: AsJson = False) -> None:
    """The sources of FABRIC_SOURCES, and the ready ones to build on with `use`."""
    rows = [
        *(_row(file, "FABRIC_SOURCES") for file in start().source_files().values()),
        *(_row(read_source(path), "ready") for path in ready().values()),
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("Source", "Scheme", "Becomes", "From")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)


def check(
    file: Annotated[str, typer.Argument(help="A source file, or the name of a ready one.")],
    sample: Annotated[Path, typer.Option(help="File with a body as the sender would deliver it.")],
    header: Annotated[
        list[str] | None, typer.Option(help="One of its headers: 'X-Shopify-Topic: orders/create'.")
    ] = None,
    odoo: Annotated[bool, typer.Option(help="Look ids up in Odoo, as the source's user.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a delivery would become, and write nothing.

    Exits 1 when it would become a dead letter, and says why.
    """
    source = read_source(ready().get(file) or Path(file))
    acting = _acting(source) if odoo else None
    try:
        body = sample.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"no sample: {error}") from error
    try:
        found = trial(declared(source), _headers(header or []), body, acting)
    except InvalidDelivery as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"source": source.name, "error": str(error)}))
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(found))
    else:
        _show(found, Console())


def _row(file: SourceFile, origin: str) -> Json:
    model = declared(file).target.model
    return {"name": file.name, "scheme": file.source.scheme, "model": model, "from": origin}


def _acting(source: SourceFile) -> Environment:
    start("odoo_url")
    params = {"source": source.name, "event_id": "check"}
    acting: Environment = environment(
        addon(), Envelope("", 0, TASK, QUEUE, Origin.LEDGER, params)
    )  # fmt: skip
    return acting


def _headers(given: list[str]) -> dict[str, str]:
    pairs = [each.partition(":") for each in given]
    if wrong := [name for name, colon, _value in pairs if not colon]:
        raise ConfigurationError(f"a header is written NAME: VALUE, not {wrong[0]!r}")
    return {name.strip().lower(): value.strip() for name, _colon, value in pairs}


def _show(found: Json, console: Console) -> None:
    for name in ("source", "event_id", "ordering_key"):
        console.print(f"{name}: {found[name]}", highlight=False, markup=False)
    if not found["wanted"]:
        console.print("The filter leaves it out.")
    for number, upsert in enumerate(found["upserts"]):
        what = "get or create" if upsert.get("update") is False else "upsert"
        console.print(f"\n{number}: {what} {upsert['model']}", highlight=False, markup=False)
        console.print_json(json.dumps({k: v for k, v in upsert.items() if v not in ({}, [], "")}))
