"""What every tier shares: a marker by folder, a real PostgreSQL, a real Odoo."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from odoo_bridge.errors import ConfigurationError
from workers import process
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.embedded.postgres import Cluster

TIERS = Path(__file__).parent
# A busy machine is no failure; and CI draws the same examples every time, so that what breaks it
# is the change at hand. On a developer's machine they are new at every run.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")
# Two checkouts may run their tests at once, on one cache.
CHECKOUT = sha256(str(TIERS).encode()).hexdigest()[:6]
ODOO_DATABASE = f"fabric_test_{CHECKOUT}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by tier, quick tiers first; a real Odoo's first start may take minutes."""
    order = ("unit", "contract", "integration", "acceptance")
    for item in items:
        tier = item.path.relative_to(TIERS).parts[0]
        item.add_marker(tier)
        if tier in {"integration", "acceptance"} and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(900))
    items.sort(key=lambda item: order.index(item.path.relative_to(TIERS).parts[0]))


def unavailable(reason: str) -> NoReturn:
    """Skip on a developer's machine, fail in CI: there nothing may be left untested silently."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="fabric-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres_server(state_dir: Path) -> Iterator[str]:
    """DSN of a role that may create databases: FABRIC_TEST_POSTGRES_DSN, or one of our own."""
    given = os.environ.get("FABRIC_TEST_POSTGRES_DSN")
    if given:
        yield given
        return
    cluster = Cluster(home=state_dir / "postgres", roles=(), durable=False)
    try:
        cluster.prepare()
    except ConfigurationError as error:
        unavailable(str(error))
    server = cluster.start()
    assert process.wait_ready(server, cluster.answers, 30), (
        cluster.home / "postgres.log"
    ).read_text()
    yield cluster.dsn("postgres")
    process.stop(server, ((signal.SIGINT, 20.0), (signal.SIGKILL, 5.0)))


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """A fresh database, dropped after the module."""
    name = f"fabric_test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(postgres_server, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def odoo() -> Iterator[DevOdoo]:
    """A real Odoo 19 with demo data, our addon, and nothing left of earlier runs."""
    try:
        started = dev_odoo.reset(dev_odoo.OdooOptions(database=ODOO_DATABASE, port=0))
    except ConfigurationError as error:
        unavailable(str(error))
    yield started
    dev_odoo.stop(ODOO_DATABASE)
