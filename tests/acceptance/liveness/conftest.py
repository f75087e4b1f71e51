"""A fabric of its own, whose parts are killed, on each broker.

It has its own Odoo and ledger: a second fabric with another broker on the same outbox would take
the first one's jobs for lost.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import kombu.pools
import psutil
import pytest
from celery import Celery
from rich.console import Console

from odoo_bridge.job import FINAL, Json
from odoo_bridge.ledger import Ledger
from odoo_bridge.rpc import Account, connect
from tests import rabbitmq_server
from tests.acceptance.conftest import Fabric, wait_until
from tests.conftest import ODOO_DATABASE, unavailable
from tests.rabbitmq_server import RabbitServer
from tests.redis_server import RedisServer
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.process import free_port
from workers.settings import Pool, Settings, settings

DATABASE = f"{ODOO_DATABASE}_liveness"
POOLS = {
    "one": Pool(queues=["default", "webhooks"], concurrency=4, kind="threads"),
    "two": Pool(queues=["default", "webhooks"], concurrency=4, kind="threads"),
    "children": Pool(queues=["pricing", "reports"], concurrency=2, kind="prefork"),
}


@pytest.fixture(scope="package")
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="fabric-liveness-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="package")
def liveness_odoo() -> Iterator[DevOdoo]:
    started = dev_odoo.reset(dev_odoo.OdooOptions(database=DATABASE, port=0))
    yield started
    dev_odoo.stop(DATABASE)


@pytest.fixture(scope="package", params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, home: Path) -> Iterator[RedisServer | RabbitServer]:
    """A broker that may be killed and wiped."""
    if request.param == "rabbitmq" and not rabbitmq_server.installed():
        unavailable("Debian's rabbitmq-server is not installed")
    folder = home / request.param
    folder.mkdir()
    server = RabbitServer(folder) if request.param == "rabbitmq" else RedisServer(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def environment(home: Path, liveness_odoo: DevOdoo) -> Iterator[None]:
    before = dict(os.environ)
    os.environ |= {
        "FABRIC_STATE_DIR": str(home),
        "FABRIC_ODOO_DATABASE": liveness_odoo.database,
        "PYTHONPATH": str(Path(__file__).parent),
    }
    settings.cache_clear()
    yield
    os.environ.clear()
    os.environ |= before
    settings.cache_clear()


@pytest.fixture(scope="package")
def running(
    environment: None, liveness_odoo: DevOdoo, broker: RedisServer | RabbitServer
) -> Iterator[Fabric]:
    """All processes of the fabric, with two pools for the same queue."""
    given = Settings(
        broker_url=broker.url,
        gateway_port=free_port(),
        flower_port=free_port(),
        pools=POOLS,
        task_modules=["liveness_tasks"],
        cancel_grace=1.0,
        drain_seconds=2.0,
    )
    odoo = liveness_odoo
    with fabric(given, Console(quiet=True)) as (supervisor, config):
        account = Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key)
        ledger = Ledger(config.ledger_dsn.get_secret_value())
        yield Fabric(supervisor, config, odoo, connect(account), ledger)
        ledger.close()


@dataclass
class Naps:
    """Jobs that sleep, and the traces that they leave."""

    fabric: Fabric
    folder: Path
    marker: str

    def enqueue(self, seconds: float, task: str = "test.nap", **more: object) -> int:
        (job,) = self.enqueue_many(1, seconds, task, **more)
        return job

    def enqueue_many(
        self, count: int, seconds: float, task: str = "test.nap", **more: object
    ) -> list[int]:
        params = {"marker": self.marker, "folder": str(self.folder), "seconds": seconds, **more}
        jobs: list[int] = self.fabric.call("celery.job", "enqueue_many", task, [params] * count)
        return jobs

    def begun(self) -> dict[int, tuple[int, float]]:
        """Process and time of each attempt that has begun."""
        found = {}
        for file in self.folder.glob(f"{self.marker}.[0-9]*.*"):
            _, attempt, pid = file.name.rsplit(".", 2)
            if text := file.read_text():
                found[int(attempt)] = (int(pid), float(text))
        return found

    def wait_begun(self, attempt: int, seconds: float = 20.0) -> tuple[int, float]:
        wait_until(lambda: attempt in self.begun(), seconds)
        return self.begun()[attempt]

    def ended(self, job: int, seconds: float = 60.0) -> str:
        """The state in which a job ended."""
        (row,) = wait_for_all(self.fabric, [job], seconds)
        return str(row["state"])

    def partners(self) -> int:
        return int(
            self.fabric.call("res.partner", "search_count", [("name", "like", f"{self.marker}%")])
        )


@pytest.fixture
def naps(running: Fabric, tmp_path: Path) -> Iterator[Naps]:
    yield Naps(running, tmp_path, f"nap-{uuid4().hex[:8]}")
    mend(running)


def mend(running: Fabric) -> None:
    """Wait until every worker answers again, so that the next test finds all of them."""
    celery = Celery(broker=running.settings.broker_url.get_secret_value(), set_as_current=False)

    def whole() -> bool:
        running.supervisor.watch()
        return len(celery.control.ping(timeout=3, limit=len(POOLS))) == len(POOLS)

    wait_until(whole, 60)
    celery.close()
    kombu.pools.reset()


def wait_for_all(running: Fabric, jobs: Sequence[int], seconds: float) -> list[Json]:
    """The jobs as they stand once all have ended; keeps the processes alive meanwhile."""

    def ended() -> bool:
        running.supervisor.watch()
        left = running.call(
            "celery.job",
            "search_count",
            [("id", "in", list(jobs)), ("state", "not in", [state.value for state in FINAL])],
        )
        return not left

    wait_until(ended, seconds)
    rows: list[Json] = running.call("celery.job", "read", list(jobs), ["state", "error", "attempt"])
    return rows


def worker_of(running: Fabric, pid: int) -> psutil.Process:
    """The worker's main process of this process or child."""
    mains = {each.pid for each in running.supervisor.status()}
    process = psutil.Process(pid)
    return next(each for each in (process, *process.parents()) if each.pid in mains)
