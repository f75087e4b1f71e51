"""Migrations, there and back, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.ledger import migrate
from odoo_bridge.ledger.schema import migrations

CATALOG = """
    SELECT 'relation', relname::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2
"""
NEWEST = migrations()[-1].version


@pytest.fixture
def connection(postgres_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def objects(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(CATALOG).fetchall()


def test_up_down_and_up_again(postgres_dsn: str, connection: psycopg.Connection) -> None:
    assert migrate(postgres_dsn) == NEWEST
    up = objects(connection)
    assert ("relation", "delivery") in up
    assert ("function", "delivery_claim") in up
    assert migrate(postgres_dsn, to=0) == 0
    assert objects(connection) == [
        ("relation", "schema_version"),
        ("relation", "schema_version_pkey"),
    ]
    assert migrate(postgres_dsn) == NEWEST
    assert objects(connection) == up


def test_a_second_run_changes_nothing(postgres_dsn: str, connection: psycopg.Connection) -> None:
    migrate(postgres_dsn)
    before = connection.execute("SELECT * FROM schema_version").fetchall()
    migrate(postgres_dsn)
    assert connection.execute("SELECT * FROM schema_version").fetchall() == before


def test_processes_that_start_together_migrate_once(
    postgres_dsn: str, connection: psycopg.Connection
) -> None:
    migrate(postgres_dsn, to=0)
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: migrate(postgres_dsn), range(8)))
    assert versions == [NEWEST] * 8
    assert connection.execute("SELECT count(*) FROM schema_version").fetchone() == (NEWEST,)


def test_a_database_of_a_later_release_is_left_alone(
    postgres_dsn: str, connection: psycopg.Connection
) -> None:
    migrate(postgres_dsn)
    connection.execute("INSERT INTO schema_version VALUES (999, 'from_the_future')")
    with pytest.raises(ConfigurationError, match="upgrade the fabric"):
        migrate(postgres_dsn)
    connection.execute("DELETE FROM schema_version WHERE version = 999")


def test_every_migration_has_its_number_and_a_way_back() -> None:
    assert [step.version for step in migrations()] == list(range(1, NEWEST + 1))
    assert all(step.script("down").strip() for step in migrations())
