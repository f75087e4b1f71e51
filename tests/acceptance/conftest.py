"""The fabric as ``odoo-fabric up`` runs it, beside the real Odoo, for the length of the session."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr
from rich.console import Console

from odoo_bridge.job import FINAL, Json
from odoo_bridge.ledger import Ledger
from odoo_bridge.rpc import Account, Client, connect
from tasks.webhooks.declared import ready
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.process import free_port
from workers.settings import Settings, settings
from workers.supervisor import Supervisor

SECRET = "a-secret-of-the-shop"
KNOWN_SECRET = "a-known-secret"
"""Of the ready sources, whose samples have known signatures."""
ADMIN_KEY = "the-key-of-the-gateways-admin"
READY = next(iter(ready().values())).parent
"""The source files that come with the fabric, as they are."""


@dataclass(frozen=True)
class Fabric:
    """A running fabric, and the people before it."""

    supervisor: Supervisor
    settings: Settings
    odoo: DevOdoo
    admin: Client
    ledger: Ledger

    @property
    def gateway(self) -> str:
        return f"http://{self.settings.gateway_host}:{self.settings.gateway_port}"

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """As the administrator, over RPC, as any client of Odoo would."""
        return self.admin.execute_kw(model, method, list(args), kwargs)

    def enqueue(self, task: str, params: Json, **options: Any) -> int:
        (job,) = self.call("celery.job", "enqueue", task, params, **options)
        return int(job)

    def job(self, job: int) -> Json:
        (row,) = self.call("celery.job", "read", [job])
        return dict(row)

    def wait_for_job(self, job: int, seconds: float = 60.0) -> Json:
        """The job as it stands once it has ended."""
        wait_until(lambda: self.job(job)["state"] in FINAL, seconds)
        return self.job(job)

    def wait_for_deliveries(self, uuids: Sequence[str], seconds: float = 60.0) -> list[Json]:
        """The deliveries as they stand once all have ended."""
        wait_until(lambda: {row["state"] for row in self.ledger.look(uuids)} <= FINAL, seconds)
        return self.ledger.look(uuids)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Look until it holds; fails when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def relay_paused(running: Fabric) -> Iterator[None]:
    """The relay of the fabric stands still, so that a test can take its place."""
    (status,) = [each for each in running.supervisor.status() if each.name == "relay"]
    relay = psutil.Process(status.pid)
    relay.suspend()
    try:
        yield
    finally:
        relay.resume()


@pytest.fixture(scope="session")
def given_settings(odoo: DevOdoo, state_dir: Path) -> Iterator[Settings]:
    """Settings that keep this session apart from a fabric that a developer runs."""
    before = dict(os.environ)
    os.environ |= {
        "FABRIC_STATE_DIR": str(state_dir),
        "FABRIC_ODOO_DATABASE": odoo.database,
        "FABRIC_GATEWAY_PORT": str(free_port()),
        "FABRIC_FLOWER_PORT": str(free_port()),
        "FABRIC_WEBHOOK_NETWORKS": '["127.0.0.2/32"]',
        "FABRIC_TASK_MODULES": '["listening_tasks"]',
        "PYTHONPATH": str(Path(__file__).parent),
    }
    settings.cache_clear()
    secrets = {name: [SecretStr(KNOWN_SECRET)] for name in ready()}
    yield settings().model_copy(
        update={
            "sources": READY,
            "hook_secrets": {**secrets, "shopify": [SecretStr(SECRET)]},
            "gateway_admin_keys": [SecretStr(ADMIN_KEY)],
        }
    )
    os.environ.clear()
    os.environ |= before
    settings.cache_clear()


@pytest.fixture(scope="session")
def running(odoo: DevOdoo, given_settings: Settings) -> Iterator[Fabric]:
    """All processes of the fabric."""
    with fabric(given_settings, Console(quiet=True)) as (supervisor, config):
        account = Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key)
        ledger = Ledger(config.ledger_dsn.get_secret_value())
        found = Fabric(supervisor, config, odoo, connect(account), ledger)
        found.call("celery.source", "create", [{"name": "shopify", "user_id": found.admin.env.uid}])
        yield found
        ledger.close()
