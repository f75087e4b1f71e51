"""What an admin does with deliveries, through the command line, on a real ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.ledger.cipher import Cipher, make_key
from odoo_bridge.ledger.ids import uuid7
from workers.cli import app
from workers.settings import Settings

Run = Callable[..., Result]
KEY = make_key()


@pytest.fixture
def run(dsn: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Run:
    config = Settings(ledger_dsn=SecretStr(dsn), ledger_keys=[SecretStr(KEY)])
    monkeypatch.setattr("workers.cli.deliveries.start", lambda *_: config)

    def invoke(*arguments: str, answer: str = "") -> Result:
        result = CliRunner().invoke(app, ["deliveries", *arguments], input=answer)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def add(connection: psycopg.Connection, event: str, **values: Any) -> str:
    row = {"uuid": uuid7(), "source": "shop", "event_id": event, "body": b"{}", **values}
    statement = sql.SQL("INSERT INTO delivery ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
    )
    connection.execute(statement, row)
    return str(row["uuid"])


def listed(run: Run, *arguments: str) -> list[str]:
    return [row["event_id"] for row in json.loads(run("list", "--json", *arguments).stdout)]


def states(connection: psycopg.Connection) -> dict[str, str]:
    rows: list[tuple[str, str]] = connection.execute(
        "SELECT event_id, state FROM delivery"
    ).fetchall()
    return dict(rows)


def test_the_newest_come_first_and_no_more_than_asked_for(
    run: Run, connection: psycopg.Connection
) -> None:
    for second in range(5):
        add(connection, str(second), uuid=uuid7(1_700_000_000 + second))
    assert listed(run) == ["4", "3", "2", "1", "0"]
    assert listed(run, "--limit", "2") == ["4", "3"]


def test_filters_hold_together(run: Run, connection: psycopg.Connection) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    add(connection, "a", state="dead", error="no product with SKU 100%_x")
    add(connection, "b", state="dead", source="other", error="no product with SKU 100%_x")
    add(connection, "c", state="dead", received_at=hour_ago, error="no partner")
    add(connection, "d", body=b'{"sku": "100%_x"}', ordering_key="4711")
    assert sorted(listed(run, "--state", "dead")) == ["a", "b", "c"]
    assert sorted(listed(run, "--state", "dead", "--state", "pending")) == ["a", "b", "c", "d"]
    assert listed(run, "--source", "other") == ["b"]
    assert sorted(listed(run, "--since", "10m")) == ["a", "b", "d"]
    assert sorted(listed(run, "--since", (hour_ago - timedelta(1)).isoformat())) == list("abcd")
    assert sorted(listed(run, "--grep", "100%_x")) == ["a", "b", "d"]
    assert listed(run, "--grep", "100%_x", "--source", "shop", "--state", "dead") == ["a"]
    assert listed(run, "--grep", "4711") == ["d"]
    assert listed(run, "--grep", "%") == listed(run, "--grep", "100%_x")
    assert listed(run, "--grep", "'; DROP TABLE delivery; --") == []


def test_grep_does_not_look_into_what_is_sealed(run: Run, connection: psycopg.Connection) -> None:
    add(connection, "a", body=Cipher([KEY]).seal(b"needle"), sealed=True)
    assert listed(run, "--grep", "needle") == []


def test_the_table_shows_an_error_as_it_is(run: Run, connection: psycopg.Connection) -> None:
    add(connection, "a", state="dead", error="[bold]no markup[/]")
    assert "[bold]" in run("list").stdout
    assert "No such deliveries" in run("list", "--source", "none").stdout


@pytest.mark.parametrize("since", ["yesterday", "5", "3w", "-1h"])
def test_a_time_that_is_none_says_what_is_one(run: Run, since: str) -> None:
    result = run("list", f"--since={since}")
    assert result.exit_code == 2
    assert "2026-01-31" in result.output


def test_show_opens_the_body(run: Run, connection: psycopg.Connection) -> None:
    sealed = add(
        connection,
        "a",
        body=Cipher([KEY]).seal(b'{"id": 1}'),
        sealed=True,
        error="no",
        headers=json.dumps({"x-topic": "orders"}),
    )
    raw = add(connection, "b", body=b"\xff\x00")
    shown = json.loads(run("show", sealed, "--json").stdout)
    assert (shown["body"], shown["body_encoding"], shown["error"]) == ('{"id": 1}', "utf-8", "no")
    assert shown["headers"] == {"x-topic": "orders"}
    assert '{"id": 1}' in run("show", sealed).stdout
    assert json.loads(run("show", raw, "--json").stdout)["body"] == "/wA="


def test_show_of_what_is_not_there(run: Run) -> None:
    with pytest.raises(InvalidDelivery, match="has no delivery"):
        run("show", str(uuid4()))
    assert run("show", "nonsense").exit_code == 2


def test_dead_ones_are_replayed_with_all_their_attempts(
    run: Run, connection: psycopg.Connection
) -> None:
    add(connection, "a", state="dead", attempt=8, error="no product", rescues=2)
    add(connection, "b", state="done", attempt=1)
    add(connection, "c", state="enqueued", attempt=1)
    assert "1 replayed" in run("replay", "--source", "shop", "--yes").stdout
    assert states(connection) == {"a": "pending", "b": "done", "c": "enqueued"}
    row = connection.execute(
        "SELECT attempt, max_attempts, error, rescues FROM delivery WHERE event_id = 'a'"
    ).fetchone()
    assert row == (8, 16, "", 0)


def test_a_replay_wakes_the_relay(run: Run, connection: psycopg.Connection) -> None:
    add(connection, "a", state="dead")
    connection.execute("LISTEN delivery")
    run("replay", "--yes")
    assert [each.channel for each in connection.notifies(timeout=5, stop_after=1)] == ["delivery"]


def test_what_was_named_or_asked_for_may_have_ended_well(
    run: Run, connection: psycopg.Connection
) -> None:
    uuid = add(connection, "a", state="done")
    add(connection, "b", state="cancelled")
    add(connection, "c", state="started")
    assert json.loads(run("replay", uuid, "--json").stdout) == {"replayed": [uuid]}
    run("replay", "--state", "cancelled", "--state", "started", "--yes")
    assert states(connection) == {"a": "pending", "b": "pending", "c": "started"}


def test_many_are_asked_about(run: Run, connection: psycopg.Connection) -> None:
    add(connection, "a", state="dead")
    refused = run("replay", answer="n\n")
    assert refused.exit_code == 1
    assert states(connection) == {"a": "dead"}
    assert run("replay", answer="y\n").exit_code == 0
    assert states(connection) == {"a": "pending"}


def test_only_what_no_worker_has_is_discarded(run: Run, connection: psycopg.Connection) -> None:
    for state in ("dead", "pending", "enqueued", "started", "done"):
        add(connection, state, state=state)
    run("discard", "--yes")
    assert states(connection) == {
        "dead": "cancelled", "pending": "pending", "enqueued": "enqueued",
        "started": "started", "done": "done",
    }  # fmt: skip
    run("discard", "--state", "pending", "--state", "started", "--reason", "by hand", "--yes")
    found = states(connection)
    assert (found["pending"], found["started"]) == ("cancelled", "started")
    row = connection.execute("SELECT error FROM delivery WHERE event_id = 'pending'").fetchone()
    assert row == ("by hand",)
    run("replay", "--state", "cancelled", "--yes")
    assert states(connection)["dead"] == "pending"


def test_a_key_is_made(run: Run) -> None:
    key = run("make-key").stdout.strip()
    assert Cipher([key]).open(Cipher([key]).seal(b"x"), sealed=True) == b"x"


def test_without_a_ledger_it_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.cli.deliveries.start", lambda *_: Settings())
    monkeypatch.setattr("workers.cli.deliveries.running_ledger", str)
    with pytest.raises(ConfigurationError, match="FABRIC_LEDGER_DSN"):
        run("list")
