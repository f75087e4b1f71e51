"""The fabric beside the stage: broker, one worker, relay, as ``odoo-fabric up`` runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from benchmarks.stage import Stage
from workers.embedded import places, valkey
from workers.local import embedded_program, programs
from workers.settings import Pool, Settings
from workers.supervisor import Program, Supervisor

PLUGIN = Path(__file__).parent / "plugin"
POOL = "default"
CONCURRENCY = 32


@dataclass(frozen=True, slots=True)
class Fabric:
    """Running processes of the fabric, and their settings."""

    supervisor: Supervisor
    config: Settings
    worker: Program

    def memory(self, name: str) -> int:
        """Resident bytes of a program and its children."""
        return next(each.memory for each in self.supervisor.status() if each.name == name)


@contextmanager
def fabric(stage: Stage) -> Iterator[Fabric]:
    """Broker, worker and relay for the length of the context."""
    with Supervisor(places.state_dir() / "benchmarks") as supervisor:
        broker = valkey.broker()
        supervisor.start(embedded_program(broker))
        config = _settings(stage, broker.address)
        served, (relay,) = programs(config)
        worker = _with_plugin(next(each for each in served if each.name == f"worker-{POOL}"))
        supervisor.start(worker)
        supervisor.start(relay)
        yield Fabric(supervisor, config, worker)


def _settings(stage: Stage, broker: str) -> Settings:
    """One pool of threads; no events, as nobody watches with Flower here."""
    return Settings(
        odoo_url=stage.odoo.url,
        odoo_database=stage.odoo.database,
        odoo_login=stage.odoo.login,
        odoo_api_key=SecretStr(stage.odoo.api_key),
        outbox_dsn=SecretStr(stage.odoo.outbox_dsn),
        broker_url=SecretStr(broker),
        ledger_dsn=SecretStr(""),
        pools={POOL: Pool(queues=["default"], concurrency=CONCURRENCY, kind="threads")},
        task_events=False,
    )


def _with_plugin(program: Program) -> Program:
    env = {**(program.env or os.environ), "PYTHONPATH": str(PLUGIN)}
    return replace(program, env=env)
