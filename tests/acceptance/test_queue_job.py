"""Jobs of OCA's queue_job, delayed by its own ``with_delay()``, run through Celery workers."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

from odoo_bridge.job import Json
from odoo_bridge.ledger import Ledger
from odoo_bridge.rpc import Account, connect
from tests import queue_job
from tests.acceptance.conftest import Fabric, wait_until
from tests.conftest import ODOO_DATABASE
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.process import free_port
from workers.settings import Pool, Settings, settings

DATABASE = f"{ODOO_DATABASE}_queue_job"
READ_TIMEOUT = 4.0
ENDED = {"done", "failed", "cancelled"}


@pytest.fixture(scope="module")
def shop_odoo() -> Iterator[DevOdoo]:
    """An Odoo with OCA's queue_job, whose dispatch is ours."""
    packages = (queue_job.packages(),)
    options = dev_odoo.OdooOptions(DATABASE, (queue_job.ADDON,), port=0, packages=packages)
    yield dev_odoo.reset(options)
    dev_odoo.stop(DATABASE)


@pytest.fixture(scope="module")
def shop(shop_odoo: DevOdoo) -> Iterator[Fabric]:
    """A fabric with one pool for all channels, which loses patience with an answer early."""
    home = Path(tempfile.mkdtemp(prefix="fabric-queue-job-"))
    home.chmod(0o755)
    before = dict(os.environ)
    os.environ |= {"FABRIC_STATE_DIR": str(home), "FABRIC_ODOO_DATABASE": shop_odoo.database}
    settings.cache_clear()
    given = Settings(
        gateway_port=free_port(),
        flower_port=free_port(),
        pools={"odoo": Pool(queues=["root"], concurrency=4, kind="threads")},
        odoo_read_timeout=READ_TIMEOUT,
        drain_seconds=2.0,
    )
    with fabric(given, Console(quiet=True)) as (supervisor, config):
        account = Account(
            shop_odoo.url, shop_odoo.database, shop_odoo.admin_login, shop_odoo.admin_api_key
        )
        ledger = Ledger(config.ledger_dsn.get_secret_value())
        yield Fabric(supervisor, config, shop_odoo, connect(account), ledger)
        ledger.close()
    os.environ.clear()
    os.environ |= before
    settings.cache_clear()
    shutil.rmtree(home)


@pytest.fixture
def mark() -> str:
    """What the partners that a test's jobs make are named by."""
    return uuid4().hex


@pytest.fixture(autouse=True)
def wide(shop: Fabric) -> None:
    set_queue(shop, window_size=4, paused=False)


def set_queue(shop: Fabric, **values: object) -> None:
    """Change the queue of the channel root."""
    ids = shop.call("celery.queue", "search", [["name", "=", "root"]])
    shop.call("celery.queue", "write", ids, values)


def in_odoo(shop: Fabric, code: str) -> None:
    """Run code inside Odoo, in one transaction of its own."""
    shop.call("ir.actions.server", "run", [server_action(shop, code)])


def server_action(shop: Fabric, code: str) -> int:
    (model,) = shop.call("ir.model", "search", [["model", "=", "res.partner"]])
    values = {"name": "test", "model_id": model, "state": "code", "code": code}
    (action,) = shop.call("ir.actions.server", "create", [values])
    return int(action)


def create(mark: str, number: int = 0, **options: object) -> str:
    """Code that delays the creation of a partner."""
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return f"env['res.partner'].with_delay({given}).create({{'name': '{mark} {number}'}})\n"


def slow(shop: Fabric, mark: str, seconds: float, **options: object) -> str:
    """Code that delays a job which takes its time and then makes a partner."""
    code = f"time.sleep({seconds})\nenv['res.partner'].create({{'name': '{mark} slow'}})"
    options = {"description": mark, **options}
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    action = server_action(shop, code)
    return f"env['ir.actions.server'].browse({action}).with_delay({given}).run()\n"


def jobs(shop: Fabric, mark: str) -> list[Json]:
    """The ``queue.job``s about a mark, in the order in which they were made."""
    domain = ["|", ["name", "like", mark], ["func_string", "like", mark]]
    fields = ["state", "retry", "uuid", "exc_message", "date_started", "date_done", "eta"]
    rows: list[Json] = shop.call("queue.job", "search_read", domain, fields, order="id")
    return rows


def ended(shop: Fabric, mark: str, seconds: float = 60.0) -> list[Json]:
    """Those jobs once all of them have ended, for Celery, too."""
    wait_until(lambda: {row["state"] for row in jobs(shop, mark)} <= ENDED, seconds)
    rows = jobs(shop, mark)
    final = ["done", "dead", "cancelled"]
    wait_until(lambda: all(celery(shop, row)["state"] in final for row in rows), seconds)
    return rows


def celery(shop: Fabric, job: Json) -> Json:
    """The last ``celery.job`` of a ``queue.job``."""
    domain = [["identity_key", "=", job["uuid"]]]
    fields = ["state", "attempt", "queue", "worker", "error", "history"]
    rows = shop.call("celery.job", "search_read", domain, fields, limit=1)
    return dict(rows[0]) if rows else {"state": None}


def worker(shop: Fabric) -> int:
    """The process that runs jobs."""
    return next(each.pid for each in shop.supervisor.status() if each.name == "worker-odoo")


def partners(shop: Fabric, mark: str) -> list[str]:
    """The partners that jobs made, in the order in which they did."""
    rows = shop.call("res.partner", "search_read", [["name", "like", mark]], ["name"], order="id")
    return [row["name"].removeprefix(f"{mark} ") for row in rows]


def test_a_delayed_method_runs_once_through_a_worker(shop: Fabric, mark: str) -> None:
    in_odoo(shop, create(mark))
    (job,) = ended(shop, mark)
    assert job["state"] == "done"
    assert partners(shop, mark) == ["0"]
    run = celery(shop, job)
    assert (run["state"], run["attempt"], run["queue"]) == ("done", 1, "root")
    assert run["worker"]


def test_a_graph_runs_in_its_order(shop: Fabric, mark: str) -> None:
    delayable = "env['res.partner'].delayable().create({'name': '%s %s'})"
    names = ("first", "left", "right", "last")
    code = "".join(f"{name} = {delayable % (mark, name)}\n" for name in names)
    code += "first.on_done(left, right)\nleft.on_done(last)\nright.on_done(last)\nfirst.delay()"
    in_odoo(shop, code)
    wait_until(lambda: len(partners(shop, mark)) == 4, 60)
    first, *middle, last = partners(shop, mark)
    assert (first, sorted(middle), last) == ("first", ["left", "right"], "last")
    assert {row["state"] for row in ended(shop, mark)} == {"done"}


def test_a_retried_job_fails_after_as_many_tries_as_it_may_and_goes_again(
    shop: Fabric, mark: str
) -> None:
    in_odoo(
        shop,
        f"env['queue.job'].with_delay(description='{mark}', max_retries=2)"
        "._test_job(failure_rate=1, failure_retry_seconds=1)",
    )
    (job,) = ended(shop, mark)
    assert (job["state"], job["retry"]) == ("failed", 2)
    assert "Max. retries (2) reached" in job["exc_message"]
    run = celery(shop, job)
    assert (run["state"], run["attempt"]) == ("dead", 2)
    assert "Max. retries (2) reached" in run["error"]
    shop.call("queue.job", "requeue", [job["id"]])
    wait_until(lambda: celery(shop, job)["attempt"] == 4, 60)
    assert ended(shop, mark)[0]["state"] == "failed"


def test_a_job_waits_for_its_eta(shop: Fabric, mark: str) -> None:
    in_odoo(shop, create(mark, eta=2))
    (job,) = ended(shop, mark)
    assert job["state"] == "done"
    assert job["date_started"] >= job["eta"]


def test_jobs_go_by_priority_through_a_channel_of_capacity_one(shop: Fabric, mark: str) -> None:
    set_queue(shop, window_size=1, paused=True)
    in_odoo(shop, "".join(create(mark, priority, priority=priority) for priority in (30, 1, 20)))
    set_queue(shop, paused=False)
    ended(shop, mark)
    assert partners(shop, mark) == ["1", "20", "30"]


def test_an_identity_key_gives_one_job(shop: Fabric, mark: str) -> None:
    set_queue(shop, paused=True)
    in_odoo(shop, create(mark, identity_key=mark) * 3)
    set_queue(shop, paused=False)
    assert [job["state"] for job in ended(shop, mark)] == ["done"]
    assert partners(shop, mark) == ["0"]


def test_a_cancelled_job_never_runs(shop: Fabric, mark: str) -> None:
    set_queue(shop, paused=True)
    in_odoo(shop, create(mark))
    (job,) = jobs(shop, mark)
    shop.call("queue.job", "button_cancelled", [job["id"]])
    assert celery(shop, job)["state"] == "cancelled"
    set_queue(shop, paused=False)
    in_odoo(shop, create(f"{mark} after"))
    ended(shop, f"{mark} after")
    assert partners(shop, mark) == ["after 0"]


def test_a_killed_worker_costs_no_job_and_doubles_no_effect(shop: Fabric, mark: str) -> None:
    in_odoo(shop, slow(shop, mark, 6.0))
    wait_until(lambda: jobs(shop, mark)[0]["state"] == "started", 30)
    killed = worker(shop)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: shop.supervisor.watch() is None and worker(shop) != killed, 30)
    (job,) = ended(shop, mark)
    assert (job["state"], job["retry"]) == ("done", 1)
    assert celery(shop, job)["attempt"] == 2
    assert partners(shop, mark) == ["slow"]


def test_a_lost_answer_neither_repeats_the_job_nor_frees_its_channel(
    shop: Fabric, mark: str
) -> None:
    set_queue(shop, window_size=1)
    in_odoo(shop, slow(shop, mark, READ_TIMEOUT + 2) + create(mark, 1, description=mark))
    first, second = ended(shop, mark)
    assert partners(shop, mark) == ["slow", "1"]
    assert second["date_started"] >= first["date_done"]
    assert celery(shop, first)["attempt"] == 1
