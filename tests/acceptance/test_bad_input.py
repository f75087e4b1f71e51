"""Bad input gets a clear error and loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from odoo_bridge.errors import AccessRefused, AddonUnusable, OdooRejected
from odoo_bridge.job import Json
from odoo_bridge.rpc import Account, Addon, Client, connect
from tasks.webhooks.samples import event_id, shopify_order
from tests.acceptance.conftest import Fabric
from tests.acceptance.test_fence_promise import claim, relay_paused
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


@dataclass(frozen=True)
class Clerk:
    """An employee who enqueues."""

    id: int
    client: Client

    def enqueue(self, task: str, params: Json) -> int:
        (job,) = self.client.execute_kw("celery.job", "enqueue", [task, params])
        return int(job)


@pytest.fixture
def clerk(running: Fabric) -> Iterator[Clerk]:
    login, password = f"clerk-{uuid4().hex[:8]}", uuid4().hex
    values = {"name": login, "login": login, "password": password}
    made = running.call("res.users", "create", values)
    account = Account(running.odoo.url, running.odoo.database, login, password)
    yield Clerk(made, connect(account))
    running.call("res.users", "write", [made], {"active": False})


def ended(running: Fabric, job: int) -> tuple[str, str]:
    row = running.wait_for_job(job)
    return row["state"], row["error"]


def call(model: str, ids: list[int], method: str) -> Json:
    return {"model": model, "ids": ids, "method": method}


COUNT = call("res.partner", [], "search_count") | {"args": [[]]}


def test_a_record_deleted_meanwhile(running: Fabric) -> None:
    tag = running.call("res.partner.category", "create", {"name": "Gone soon"})
    with relay_paused(running):
        job = running.enqueue("records.call", call("res.partner.category", [tag], "copy"))
        running.call("res.partner.category", "unlink", [tag])
    state, error = ended(running, job)
    assert state == "dead"
    assert "deleted" in error


def test_a_user_archived_meanwhile(running: Fabric, clerk: Clerk) -> None:
    with relay_paused(running):
        job = clerk.enqueue("records.call", COUNT)
        reads = clerk.enqueue("reports.sales", {})
        running.call("res.users", "write", [clerk.id], {"active": False})
    for each in (job, reads):
        state, error = ended(running, each)
        assert state == "dead"
        assert "is archived or deleted" in error
    running.call("res.users", "write", [clerk.id], {"active": True})
    running.call("celery.job", "action_requeue", [job])
    assert ended(running, job) == ("done", False)


def test_a_method_renamed(running: Fabric) -> None:
    job = running.enqueue("records.call", call("res.partner", [1], "action_of_an_old_release"))
    state, error = ended(running, job)
    assert state == "dead"
    assert "action_of_an_old_release" in error


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (call("res.users", [2], "write"), "out of reach of jobs"),
        (call("res.partner", [1], "signup_prepare"), "is not for jobs: opens an account"),
        (call("res.partner", [1], "sudo"), "Private methods"),
    ],
)
def test_what_is_out_of_reach_of_jobs(running: Fabric, params: Json, said: str) -> None:
    state, error = ended(running, running.enqueue("records.call", params))
    assert state == "dead"
    assert said in error


def test_params_over_the_limit_say_their_size(running: Fabric) -> None:
    before = jobs(running)
    params = call("res.partner", [], "search_count") | {"args": [[["name", "=", "x" * 70_000]]]}
    with pytest.raises(OdooRejected, match=r"params are \d+ bytes, more than 65536"):
        running.enqueue("records.call", params)
    assert jobs(running) == before


def test_a_result_over_the_limit_is_a_dead_letter(running: Fabric) -> None:
    """By the service account itself, as a worker would that returned so much."""
    service = Addon(connect(Account(running.odoo.url, running.odoo.database, running.odoo.login,
                                    running.odoo.api_key)))  # fmt: skip
    with relay_paused(running):
        job = running.enqueue("records.call", COUNT)
        envelope = claim(running, job)
        subject = {"uuid": envelope.uuid, "attempt": envelope.attempt}
        (verdict,) = service.write_back(
            [{"subject": subject, "state": "done", "result": "x" * 300_000}]
        )
    assert (verdict["accepted"], verdict["state"]) == (True, "dead")
    assert "The result is 300002 bytes, more than 262144" in running.job(job)["error"]


def test_a_forged_write_back(running: Fabric, clerk: Clerk) -> None:
    """With another account, with another attempt, and after the job's own."""
    service = Addon(connect(Account(running.odoo.url, running.odoo.database, running.odoo.login,
                                    running.odoo.api_key)))  # fmt: skip
    forged = {"kind": "create", "model": "res.partner.category", "values": [{"name": "Forged"}]}
    outcome = {"state": "done", "result": "forged", "operations": [forged]}
    with relay_paused(running):
        job = running.enqueue("records.call", COUNT)
        subject = {"uuid": running.job(job)["uuid"], "attempt": 1}
        for client in (running.admin, clerk.client):
            with pytest.raises(AccessRefused, match="Only the service account"):
                Addon(client).write_back([{"subject": subject, **outcome}])
        for attempt in (0, 1, 2):  # it is not in flight yet
            told = {"uuid": subject["uuid"], "attempt": attempt}
            (verdict,) = service.write_back([{"subject": told, **outcome}])
            assert not verdict["accepted"]
    assert ended(running, job) == ("done", False)
    (verdict,) = service.write_back([{"subject": subject, **outcome}])
    assert (verdict["accepted"], verdict["state"]) == (False, "done")
    assert running.job(job)["result"] != "forged"
    assert running.call("res.partner.category", "search_count", [["name", "=", "Forged"]]) == 0


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
