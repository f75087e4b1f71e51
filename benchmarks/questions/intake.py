"""How many webhooks a second one gateway stores, while Odoo does nothing at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import orjson
import psutil
from psycopg import connect
from pydantic import SecretStr

from benchmarks.posting import Load, Posted
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.errors import FabricError
from workers.embedded import places
from workers.embedded.postgres import Cluster
from workers.local import programs
from workers.process import free_port, port_free
from workers.settings import Settings
from workers.supervisor import Program, Supervisor

DELIVERIES = 30_000
SHORT = 6_000
CONNECTIONS = 32
STEADY = 1_000.0
"""Deliveries a second that come whether those before them were answered or not."""
SECRET = "a secret of the benchmark"  # noqa: S105


class Intake:
    """Signed Shopify orders of 2 KB, from a process of their own."""

    name = "intake"
    asks = "webhooks a second that one gateway verifies and stores durably, with Odoo stopped"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Ours stores in PostgreSQL; the limit is its server alone, which reads and answers 202."""
        deliveries = SHORT if short else DELIVERIES
        with ExitStack() as stack:
            supervisor = stack.enter_context(Supervisor(places.state_dir() / "benchmarks"))
            ledger = _ledger(supervisor)
            config = Settings(
                ledger_dsn=SecretStr(ledger),
                broker_url=SecretStr("memory://"),
                gateway_port=free_port(),
                hook_secrets={"shopify": [SecretStr(SECRET)]},
            )
            served, _relay = programs(config)
            supervisor.start(next(each for each in served if each.name == "gateway"))
            bare = free_port()
            supervisor.start(_bare(bare))
            stack.enter_context(_stopped(stage))

            def ours() -> Figures:
                run = uuid4().hex[:12]
                most = _post(Load(config.gateway_port, SECRET, run, deliveries, CONNECTIONS))
                _require_stored(ledger, run, deliveries)
                steady = Load(
                    config.gateway_port, SECRET, f"{run}s", deliveries // 2, CONNECTIONS, STEADY
                )
                return {**_figures(most, deliveries), "steady p99": _post(steady).p99}

            def limit() -> Figures:
                most = _post(Load(bare, SECRET, "bare", deliveries, CONNECTIONS))
                return _figures(most, deliveries)

            yield Contest(
                {"ours": ours, "limit": limit},
                [
                    Goal("intake, 2,000 a second", "rate", "/s", 2000.0, 1),
                    Goal("intake, p99 at full rate", "p99", "ms", 100.0, 1, smaller_is_better=True),
                    Goal(
                        "intake, p99 at 1,000 a second", "steady p99", "ms", 100.0, 1,
                        smaller_is_better=True,
                    ),
                    Goal("intake, beside its server alone", "rate", "/s", "limit", 0.3),
                ],
                rounds=1 if short else 3,
            )  # fmt: skip


def _figures(posted: Posted, deliveries: int) -> Figures:
    return {
        "rate": deliveries / posted.seconds,
        "p50": posted.p50,
        "p99": posted.p99,
        "slowest": posted.slowest,
    }


def _post(load: Load) -> Posted:
    """Raises ``FabricError`` unless every delivery was answered 202."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "benchmarks.posting"],
        input=orjson.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    posted = Posted(**orjson.loads(done.stdout))
    if posted.statuses != {"202": load.deliveries}:
        raise FabricError(f"not every delivery was accepted: {posted.statuses}")
    return posted


def _ledger(supervisor: Supervisor) -> str:
    """A PostgreSQL that flushes what it commits, as the embedded ledger does."""
    cluster = Cluster(
        home=places.state_dir() / "benchmarks" / "ledger",
        roles=("fabric",),
        databases=(("intake", "fabric"),),
    )
    cluster.prepare()
    supervisor.start(
        Program(
            "ledger", cluster.argv, ready=cluster.answers, user=places.unprivileged(),
        )
    )  # fmt: skip
    return cluster.dsn("intake", "fabric")


def _require_stored(ledger: str, run: str, deliveries: int) -> None:
    """Raises ``FabricError`` unless all are in the ledger; then forgets them."""
    with connect(ledger, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*), min(length(body)) FROM delivery WHERE event_id LIKE %s",
            [f"%:{run}-%"],
        ).fetchone()
        connection.execute("TRUNCATE delivery, delivery_key")
    if row is None or row[0] != deliveries:
        raise FabricError(f"of {deliveries} accepted deliveries the ledger has {row and row[0]}")


def _bare(port: int) -> Program:
    return Program(
        "bare",
        [
            *(sys.executable, "-P", "-m", "uvicorn", "benchmarks.bare:app", "--app-dir=."),
            *(f"--port={port}", "--no-access-log", "--log-level=warning"),
        ],
        ready=lambda: not port_free(port),
    )


@contextmanager
def _stopped(stage: Stage) -> Iterator[None]:
    """Odoo gets no processor time at all, so that nobody can have asked it."""
    parent = psutil.Process(stage.odoo.pid)
    processes = [parent, *parent.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in reversed(processes):
            process.resume()
