"""``odoo-fabric deliveries``: what came in, what became of it, and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.job import Json, State
from odoo_bridge.ledger import migrate
from odoo_bridge.ledger.admin import Choice, DeliveryAdmin, readable
from odoo_bridge.ledger.cipher import make_key
from workers.cli.processes import start
from workers.embedded.postgres import running_ledger

_AGO = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

deliveries = typer.Typer(
    help="Look at webhooks that came in, and replay them.", no_args_is_help=True
)


def _since(text: str) -> datetime:
    """``2h``, or a date and time, UTC unless it says otherwise."""
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("say 90s, 15m, 2h, 3d, or a date as 2026-01-31T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Uuids = Annotated[list[UUID] | None, typer.Argument(help="Those with these ids.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Of this source; repeatable.")]
States = Annotated[list[State] | None, typer.Option("--state", help="In this state; repeatable.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        parser=_since, help="Received since: 90s, 15m, 2h, 3d, or a date.", metavar="WHEN"
    ),
]
Grep = Annotated[
    str, typer.Option(help="With this text in error, event id, key, correlation id or body.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(deliveries, name="deliveries")


@deliveries.command("list")
def list_(  # noqa: PLR0913 - a filter each
    *,
    source: Sources = None,
    state: States = None,
    since: Since = None,
    grep: Grep = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The newest deliveries, newest first."""
    with _admin() as admin:
        rows = admin.find(_choice(None, source, state, since, grep), limit)
    if as_json:
        print(json.dumps(rows, default=str))
    else:
        Console().print(_table(rows) if rows else "No such deliveries.")


@deliveries.command()
def show(uuid: Annotated[UUID, typer.Argument(help="Which one.")], as_json: AsJson = False) -> None:
    """All that is known of one delivery, with its body."""
    with _admin() as admin:
        row = admin.show(str(uuid))
    body, encoding = readable(row.pop("body"))
    if as_json:
        print(json.dumps({**row, "body": body, "body_encoding": encoding}, default=str))
        return
    table = Table(show_header=False)
    for name, value in row.items():
        if value not in (None, "", {}):
            text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
            table.add_row(name, escape(text))
    console = Console()
    console.print(table)
    console.print(body, markup=False, highlight=False, soft_wrap=True)


@deliveries.command()
def replay(  # noqa: PLR0913
    *,
    uuid: Uuids = None,
    source: Sources = None,
    state: States = None,
    since: Since = None,
    grep: Grep = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put deliveries back that have ended, after a mapping was mended. By default dead ones.

    Ids may be of done and cancelled ones, too; so may those of --state.
    """
    choice = _choice(uuid, source, state or ([] if uuid else [State.DEAD]), since, grep)
    with _admin() as admin:
        _ask(choice, f"Replay {_words(choice)}?", yes=yes)
        _tell("replayed", admin.replay(choice), as_json=as_json)


@deliveries.command()
def discard(  # noqa: PLR0913
    *,
    uuid: Uuids = None,
    source: Sources = None,
    state: States = None,
    since: Since = None,
    grep: Grep = "",
    reason: Annotated[str, typer.Option(help="Kept with them.")] = "Discarded by an admin.",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cancel deliveries that no worker has. By default dead ones. They may still be replayed.

    Ids may be of pending and scheduled ones, too; so may those of --state.
    """
    choice = _choice(uuid, source, state or ([] if uuid else [State.DEAD]), since, grep)
    with _admin() as admin:
        _ask(choice, f"Discard {_words(choice)}?", yes=yes)
        _tell("discarded", admin.discard(choice, reason), as_json=as_json)


@deliveries.command("make-key")
def make_key_command() -> None:
    """Print a new key for FABRIC_LEDGER_KEYS."""
    print(make_key())


def _admin() -> closing[DeliveryAdmin]:
    config = start()
    dsn = config.ledger_dsn.get_secret_value() or running_ledger()
    if not dsn:
        raise ConfigurationError(
            "there is no ledger: set FABRIC_LEDGER_DSN, or start one with `odoo-fabric up`"
        )
    migrate(dsn)
    return closing(DeliveryAdmin(dsn, config.cipher()))


def _choice(
    uuids: Sequence[UUID] | None,
    sources: Sequence[str] | None,
    states: Sequence[State] | None,
    since: datetime | None,
    grep: str,
) -> Choice:
    return Choice(list(map(str, uuids or ())), sources or (), states or (), since, grep)


def _ask(choice: Choice, question: str, *, yes: bool) -> None:
    """A few that were named are meant; all others are asked about."""
    if not (yes or choice.uuids):
        typer.confirm(question, abort=True, err=True)


def _words(choice: Choice) -> str:
    said = [f"{name} {value}" for name, value in choice.values().items()]
    return "all deliveries with " + ", ".join(said)


def _tell(what: str, uuids: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({what: uuids}))
    else:
        Console().print(f"{len(uuids)} {what}.")


def _table(rows: Sequence[Json]) -> Table:
    table = Table(
        "Delivery", "Received", "Source", "Event", "State", "Attempts", "Error or outcome"
    )
    for row in rows:
        table.add_row(*(escape(cell) for cell in _cells(row)))
    return table


def _cells(row: Json) -> Iterator[str]:
    yield row["uuid"]
    yield f"{row['received_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    yield row["source"]
    yield row["event_id"]
    yield row["state"]
    yield f"{row['attempt']} of {row['max_attempts']}"
    outcome = json.dumps(row["outcome"], ensure_ascii=False) if row["outcome"] else ""
    yield (row["error"] or outcome)[:200]
