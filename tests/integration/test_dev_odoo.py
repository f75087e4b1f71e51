"""A real Odoo through the command line: start, status, start again, stop."""

from __future__ import annotations

import json
import os
import shutil
import xmlrpc.client
from collections.abc import Iterator

import psutil
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from typer.testing import CliRunner

from tests.conftest import CHECKOUT
from workers.cli.dev import app
from workers.embedded import instance, odoo

DATABASE = f"fabric_dev_{CHECKOUT}"
pytestmark = pytest.mark.timeout(900)


def call(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["odoo", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def started() -> Iterator[instance.DevOdoo]:
    if not shutil.which("apt-get") and not os.environ.get("CI"):
        pytest.skip("Odoo comes from Debian's mirror and this machine has no apt")
    call("start", "--database", DATABASE, "--port", "0")
    found = instance.running(DATABASE)
    assert found
    yield found
    odoo.stop(DATABASE)


def test_every_login_works(started: instance.DevOdoo) -> None:
    common = xmlrpc.client.ServerProxy(f"{started.url}/xmlrpc/2/common")
    logins = {
        "celery_service": started.api_key,
        "admin": started.admin_api_key,
        "demo": "demo",
    }
    for login, secret in logins.items():
        assert common.authenticate(DATABASE, login, secret, {})
    assert common.authenticate(DATABASE, "celery_service", "wrong", {}) is False


def test_the_relays_role_may_claim_and_rescue_and_nothing_else(started: instance.DevOdoo) -> None:
    with psycopg.connect(started.outbox_dsn, autocommit=True) as relay:
        relay.execute("LISTEN celery_job")
        assert relay.execute("SELECT * FROM celery_job_claim(1)").fetchall() == []
        assert relay.execute("SELECT * FROM celery_job_in_flight()").fetchall() == []
        assert relay.execute("SELECT * FROM celery_job_rescue('{x}', '{1}')").fetchall() == []
        for forbidden in (
            "SELECT * FROM celery_job",
            "SELECT * FROM res_users",
            "CREATE TABLE mine (id int)",
            "CREATE TEMP TABLE mine (id int)",
        ):
            with pytest.raises(InsufficientPrivilege):
                relay.execute(forbidden)


def test_a_second_start_returns_the_first(started: instance.DevOdoo) -> None:
    assert call("start", "--database", DATABASE, "--port", "0")["pid"] == started.pid


def test_status_names_it(started: instance.DevOdoo) -> None:
    running = call("status")["running"]
    assert isinstance(running, list)
    assert {"database": DATABASE, "url": started.url}.items() <= next(
        each for each in running if each["database"] == DATABASE
    ).items()


def test_stop_leaves_no_process_and_the_database(started: instance.DevOdoo) -> None:
    with psycopg.connect(started.database_dsn, autocommit=True) as owner:
        owner.execute("UPDATE res_company SET phone = 'kept' WHERE id = 1")
    assert call("stop", "--database", DATABASE)["stopped"] is True
    assert not psutil.pid_exists(started.pid)
    assert instance.running(DATABASE) is None

    again = odoo.start(odoo.OdooOptions(database=DATABASE, port=0))
    with psycopg.connect(again.database_dsn) as owner:
        kept = owner.execute("SELECT phone FROM res_company WHERE id = 1").fetchone()
    assert kept == ("kept",)


def test_reset_restores_the_demo_data(started: instance.DevOdoo) -> None:
    fresh = odoo.reset(odoo.OdooOptions(database=DATABASE, port=0))
    with psycopg.connect(fresh.database_dsn) as owner:
        kept = owner.execute("SELECT phone FROM res_company WHERE id = 1").fetchone()
    assert kept != ("kept",)
