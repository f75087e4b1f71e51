"""Bad input gets a clear error and loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from odoo_bridge.errors import AddonUnusable, OdooRejected
from odoo_bridge.job import Json
from odoo_bridge.rpc import Addon
from tasks.webhooks.samples import event_id, shopify_order
from tests.acceptance.conftest import Fabric
from tests.acceptance.test_headline_jobs import post
from workers.embedded import odoo as dev_odoo


def jobs(running: Fabric) -> int:
    return int(running.call("celery.job", "search_count", []))


@pytest.mark.parametrize(
    ("task", "params", "said"),
    [
        ("pricing.recalcluate", {}, "pricing.recalculate"),
        ("pricing.recalculate", {}, "pricelist_id"),
        ("pricing.recalculate", {"pricelist_id": "seven"}, "pricelist_id"),
        ("pricing.recalculate", {"pricelist_id": 1, "smaple": 3}, "smaple"),
        ("reports.sales", {"date_from": "yesterday"}, "date_from"),
    ],
)
def test_wrong_calls_are_refused_at_enqueue(
    running: Fabric, task: str, params: Json, said: str
) -> None:
    before = jobs(running)
    with pytest.raises(OdooRejected, match=said):
        running.enqueue(task, params)
    assert jobs(running) == before


def test_params_that_only_the_task_can_judge_make_a_dead_letter(running: Fabric) -> None:
    params = {"date_from": "2026-02-01", "date_to": "2026-01-01"}
    ended = running.wait_for_job(running.enqueue("reports.sales", params))
    assert ended["state"] == "dead"
    assert "date_from" in ended["error"]


def test_a_wrong_api_key_stops_a_worker_with_a_clear_error(running: Fabric) -> None:
    done = worker(running, FABRIC_ODOO_API_KEY="not-the-key-0123456789")
    assert done.returncode == 2
    assert "CredentialsRefused" in done.stderr
    assert "check the database, the login and the API key" in " ".join(done.stderr.split())
    assert "not-the-key" not in done.stderr + done.stdout


def test_an_odoo_url_that_is_none_is_named(running: Fabric) -> None:
    done = worker(running, FABRIC_ODOO_URL="odoo.example.com")
    assert done.returncode == 2
    assert "is not the address of an Odoo" in " ".join(done.stderr.split())


def test_a_database_without_the_addon_says_to_install_it(running: Fabric) -> None:
    class Missing(Addon):
        MODEL = "celery.missing"

    with pytest.raises(AddonUnusable, match="install or upgrade"):
        Missing(running.admin).hello()


def test_an_addon_that_is_too_old_says_to_upgrade_it(running: Fabric) -> None:
    with pytest.raises(AddonUnusable, match="install or upgrade"):
        running.call("celery.job", "fabric_of_a_later_release", "{}")


def test_while_odoo_is_down_nothing_is_lost(running: Fabric) -> None:
    order = shopify_order(7100)
    dev_odoo.stop(running.odoo.database)
    try:
        answer = post(running, order, event_id(7100))
        assert answer.status == 202
    finally:
        dev_odoo.start(dev_odoo.OdooOptions(running.odoo.database, port=running.odoo.port))
    (delivery,) = running.wait_for_deliveries([answer.json()["id"]], 120)
    assert (delivery["state"], delivery["error"]) == ("done", "")
    domain = [["client_order_ref", "=", order["name"]]]
    assert running.call("sale.order", "search_count", domain) == 1
    ended = running.wait_for_job(running.enqueue("reports.sales", {}), 120)
    assert ended["state"] == "done"


def worker(running: Fabric, **environment: str) -> subprocess.CompletedProcess[str]:
    """A worker with settings changed, run until it ends."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "workers", "worker", "default"],
        env={**os.environ, **running.settings.environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
