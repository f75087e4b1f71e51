"""A ledger of no deliveries in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from odoo_bridge.ledger import Ledger, migrate
from odoo_bridge.outbox import LedgerOutbox, ledger_outbox


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> str:
    """Of a database with the ledger's schema."""
    migrate(postgres_dsn)
    return postgres_dsn


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    """To the emptied ledger."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE delivery, delivery_key")
        yield connection


@pytest.fixture
def ledger(dsn: str, connection: psycopg.Connection) -> Iterator[Ledger]:
    ledger = Ledger(dsn)
    yield ledger
    ledger.close()


@pytest.fixture
def outbox(dsn: str, connection: psycopg.Connection) -> Iterator[LedgerOutbox]:
    outbox = ledger_outbox(dsn)
    yield outbox
    outbox.close()
