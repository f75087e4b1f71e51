"""What every tier shares: a marker by folder, and a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

TIERS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(TIERS).parts[0]
        item.add_marker(tier)


def unavailable(reason: str) -> NoReturn:
    """Skip on a developer's machine, fail in CI: there nothing may be left untested silently."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """DSN of a role that may create databases."""
    dsn = os.environ.get("FABRIC_TEST_POSTGRES_DSN")
    if not dsn:
        unavailable("FABRIC_TEST_POSTGRES_DSN is not set")
    return dsn


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """A fresh database, dropped after the module."""
    name = f"fabric_test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(postgres_server, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
