"""The fabric beside the stage: broker, one worker, relay, as ``odoo-fabric up`` runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from benchmarks.stage import Stage
from workers.embedded import places, postgres, valkey
from workers.local import embedded_program, programs
from workers.settings import POOLS, Pool, Settings
from workers.supervisor import Program, Supervisor

PLUGIN = Path(__file__).parent / "plugin"
POOL = "default"
CONCURRENCY = 64


@dataclass(frozen=True, slots=True)
class Fabric:
    """Running processes of the fabric, and their settings."""

    supervisor: Supervisor
    config: Settings

    def memory(self, name: str) -> int:
        """Resident bytes of a program and its children."""
        return next(each.memory for each in self.supervisor.status() if each.name == name)


@contextmanager
def fabric(
    stage: Stage,
    *,
    workers: int = 1,
    webhooks: bool = False,
    queues: Sequence[str] = ("default",),
) -> Iterator[Fabric]:
    """Broker, workers of one pool for these queues, and relay for the length of the context.

    With ``webhooks`` also a ledger of its own, and the pool that serves them by default.
    """
    with Supervisor(places.state_dir() / "benchmarks") as supervisor:
        broker = valkey.broker()
        supervisor.start(embedded_program(broker))
        config = _settings(stage, broker.address, queues)
        if webhooks:
            ledger = postgres.ledger("benchmarks-ledger")
            supervisor.start(embedded_program(ledger))
            address, pools = SecretStr(ledger.address), {POOL: POOLS[POOL]}
            config = config.model_copy(update={"ledger_dsn": address, "pools": pools})
        served, (relay,) = programs(config)
        worker = next(each for each in served if each.name == f"worker-{POOL}")
        supervisor.start(*(_worker(worker, number) for number in range(workers)))
        supervisor.start(_with_plugin(relay))
        yield Fabric(supervisor, config)


def _settings(stage: Stage, broker: str, queues: Sequence[str]) -> Settings:
    """One pool of threads; no events, as nobody watches with Flower here."""
    return Settings(
        odoo_url=stage.odoo.url,
        odoo_database=stage.odoo.database,
        odoo_login=stage.odoo.login,
        odoo_api_key=SecretStr(stage.odoo.api_key),
        outbox_dsn=SecretStr(stage.odoo.outbox_dsn),
        broker_url=SecretStr(broker),
        ledger_dsn=SecretStr(""),
        pools={POOL: Pool(queues=list(queues), concurrency=CONCURRENCY, kind="threads")},
        task_events=False,
    )


def _worker(program: Program, number: int) -> Program:
    """The first as it is; each further one under a name of its own."""
    program = _with_plugin(program)
    if not number:
        return program
    *command, _name = program.argv
    return replace(
        program,
        name=f"{program.name}-{number}",
        argv=[*command, f"--name={POOL}{number}"],
        ready=None,
    )


def _with_plugin(program: Program) -> Program:
    env = {**(program.env or os.environ), "PYTHONPATH": str(PLUGIN)}
    return replace(program, env=env)
