"""One table of states: the fabric's, the addon's, the database's and the page's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import CheckViolation

from odoo_bridge.job import FINAL, IN_FLIGHT, TRANSITIONS, State
from tests.integration import engine_schema

PAGE = Path(__file__).parents[2] / "docs/explanation/states.md"
INSERT = """
    INSERT INTO celery_job (uuid, task, queue, state, eta, attempt, max_attempts, priority)
    VALUES (gen_random_uuid()::text, 't', 'q', %s, '2000-01-01', 0, 1, 10) RETURNING id
"""


@pytest.fixture(scope="module")
def connection(postgres_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        engine_schema.install(connection)
        yield connection


def as_text() -> dict[str, set[str]]:
    return {old.value: {new.value for new in following} for old, following in TRANSITIONS.items()}


def test_the_addon_holds_the_same_table() -> None:
    states = engine_schema.fabric("states")
    assert {old: set(following) for old, following in states.TRANSITIONS.items()} == as_text()
    assert [name for name, _label in states.STATES] == [state.value for state in State]
    assert set(states.FINAL) == {state.value for state in FINAL}
    assert set(states.IN_FLIGHT) == {state.value for state in IN_FLIGHT}


def test_the_page_draws_the_same_table() -> None:
    text = PAGE.read_text("utf-8")
    assert re.findall(r"stateDiagram-v2", text) == ["stateDiagram-v2"]
    drawn = re.findall(r"^ +(\w+) --> (\w+)", text, re.MULTILINE)
    expected = {(old, new) for old, following in as_text().items() for new in following}
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == expected
    assert set(re.findall(r"(\w+) --> \[\*\]", text)) == {"done"}


@pytest.mark.parametrize("old", State)
@pytest.mark.parametrize("new", State)
def test_the_database_allows_a_move_or_names_both_states(
    connection: psycopg.Connection, old: State, new: State
) -> None:
    row = connection.execute(INSERT, [old.value]).fetchone()
    assert row
    move = ("UPDATE celery_job SET state = %s WHERE id = %s", [new.value, row[0]])
    if new is old or new in TRANSITIONS[old]:
        assert connection.execute(*move).rowcount == 1
    else:
        with pytest.raises(CheckViolation, match=f"from {old.value} to {new.value}"):
            connection.execute(*move)
