"""``odoo-fabric check odoo`` through the real command line, on a real Odoo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from workers.embedded.instance import DevOdoo


def check(odoo: DevOdoo, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {
        "FABRIC_ODOO_URL": odoo.url,
        "FABRIC_ODOO_DATABASE": odoo.database,
        "FABRIC_ODOO_LOGIN": odoo.login,
        "FABRIC_ODOO_API_KEY": odoo.api_key,
        "COLUMNS": "200",
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "workers", "check", "odoo", *options],
        env={**os.environ, **given, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def found(odoo: DevOdoo, **settings: str) -> dict[str, Any]:
    done = check(odoo, "--json", **settings)
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    assert odoo.api_key not in done.stdout + done.stderr
    return report


def test_all_is_well(odoo: DevOdoo) -> None:
    report = found(odoo)
    assert (report["ok"], report["problems"], report["rights"]) == (True, [], {})
    assert (report["version"], report["protocol"]) == ("19.0", 1)
    assert report["addon"].startswith("19.0.")
    assert report["chosen"] == {"write": "xmlrpc", "read": "json2"}
    for way in report["transports"].values():
        assert way["offered"]
        assert way["latency_ms"] > 0


def test_a_person_reads_the_same(odoo: DevOdoo) -> None:
    done = check(odoo, FABRIC_ODOO_READ_TRANSPORT="jsonrpc")
    assert done.returncode == 0
    assert f"Odoo 19.0 at {odoo.url}" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "jsonrpc" in line]
    assert "read" in line


def test_an_account_that_may_do_too_much_is_a_problem(odoo: DevOdoo) -> None:
    report = found(odoo, FABRIC_ODOO_LOGIN="admin", FABRIC_ODOO_API_KEY=odoo.admin_api_key)
    assert report["rights"]["sale.order"] == ["read", "write", "create", "unlink"]
    assert "has rights of its own" in report["problems"][0]


def test_a_wrong_database_is_a_problem_that_names_it(odoo: DevOdoo) -> None:
    report = found(odoo, FABRIC_ODOO_DATABASE="no_such_database")
    (problem,) = report["problems"]
    assert problem.startswith("CredentialsRefused")
    assert "no_such_database" in problem


def test_nobody_there_is_a_problem(odoo: DevOdoo) -> None:
    report = found(odoo, FABRIC_ODOO_URL="http://127.0.0.1:9")
    assert report["problems"][0].startswith("OdooUnavailable")
    assert not any(way["offered"] for way in report["transports"].values())
