"""A fabric, an Odoo, a PostgreSQL and a broker for the chaos runs alone.

The short form, which ``make test`` runs, has 200 jobs and Redis; FABRIC_CHAOS_JOBS=10000 is the
long one, also with RabbitMQ, which takes its time to start.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from odoo_bridge.ledger import Ledger
from odoo_bridge.rpc import Account, connect
from tests import rabbitmq_server
from tests.acceptance.chaos.servers import Odoo, Postgres, Seed
from tests.acceptance.conftest import SECRET, Fabric
from tests.conftest import unavailable
from tests.rabbitmq_server import RabbitServer
from tests.redis_server import RedisServer
from workers.embedded import places
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.process import free_port
from workers.settings import Pool, Settings, settings

POOLS = {
    "one": Pool(queues=["default", "webhooks"], concurrency=8, kind="threads"),
    "two": Pool(queues=["default", "webhooks"], concurrency=8, kind="threads"),
    "children": Pool(queues=["children"], concurrency=3, kind="prefork"),
}


@dataclass(frozen=True)
class Stage:
    """All that runs, and may be killed."""

    fabric: Fabric
    broker: RedisServer | RabbitServer
    postgres: Postgres
    odoo: Odoo
    folder: Path
    """Where tasks may leave traces."""


@pytest.fixture(scope="package")
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="fabric-chaos-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(params=["redis", "rabbitmq"], scope="package")
def broker(request: pytest.FixtureRequest, home: Path) -> Iterator[RedisServer | RabbitServer]:
    """A broker that has its data again after a SIGKILL, unless it is wiped."""
    if request.param == "rabbitmq" and "FABRIC_CHAOS_JOBS" not in os.environ:
        pytest.skip("a long run: set FABRIC_CHAOS_JOBS")
    if request.param == "rabbitmq" and not rabbitmq_server.installed():
        unavailable("Debian's rabbitmq-server is not installed")
    folder = home / f"test-{request.param}"
    folder.mkdir()
    redis = request.param == "redis"
    server = RedisServer(folder, keeps=True) if redis else RabbitServer(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def servers(odoo: DevOdoo, home: Path) -> Iterator[tuple[Postgres, Odoo]]:
    """Beside those that the other tests share, from which only the template is taken."""
    seed = Seed(places.cache_dir())
    before = dict(os.environ)
    os.environ |= {
        "FABRIC_CACHE_DIR": str(home / "cache"),
        "FABRIC_STATE_DIR": str(home),
        "FABRIC_ODOO_DATABASE": "chaos",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    settings.cache_clear()
    seed.link(home / "cache")
    postgres = Postgres()
    try:
        seed.restore(postgres.cluster)
        own = Odoo()
        yield postgres, own
        own.kill()
    finally:
        postgres.stop()
        os.environ.clear()
        os.environ |= before
        settings.cache_clear()


@pytest.fixture(scope="package")
def stage(
    servers: tuple[Postgres, Odoo], broker: RedisServer | RabbitServer, home: Path
) -> Iterator[Stage]:
    """All processes of the fabric, as ``odoo-fabric up`` runs them."""
    postgres, odoo = servers
    facts = odoo.facts
    given = Settings(
        broker_url=broker.url,
        gateway_port=free_port(),
        flower_port=free_port(),
        pools=POOLS,
        task_modules=["chaos_tasks"],
        drain_seconds=2.0,
        hook_secrets={"shopify": [SECRET]},
    )
    folder = Path(tempfile.mkdtemp(prefix="failures-", dir=home))
    with fabric(given, Console(quiet=True)) as (supervisor, config):
        account = Account(facts.url, facts.database, facts.admin_login, facts.admin_api_key)
        ledger = Ledger(config.ledger_dsn.get_secret_value())
        running = Fabric(supervisor, config, facts, connect(account), ledger)
        yield Stage(running, broker, postgres, odoo, folder)
        ledger.close()
