"""What the question ``intake`` stands on: load, ledger, a bare server, a stopped Odoo."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import orjson
import psutil
from psycopg import connect

from benchmarks.posting import Load, Posted
from benchmarks.stage import Stage
from odoo_bridge.errors import FabricError
from workers.embedded import places
from workers.embedded.postgres import Cluster
from workers.process import port_free
from workers.supervisor import Program, Supervisor


def post(load: Load) -> Posted:
    """Raises ``FabricError`` unless every delivery was answered 202."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "benchmarks.posting"],
        input=orjson.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    posted = Posted(**orjson.loads(done.stdout))
    if posted.statuses != {"202": load.deliveries}:
        raise FabricError(f"not every delivery was accepted: {posted.statuses}")
    return posted


def ledger_beside(supervisor: Supervisor) -> str:
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


def require_stored(ledger: str, run: str, deliveries: int) -> None:
    """Raises ``FabricError`` unless all are in the ledger; then forgets them."""
    with connect(ledger, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*), min(length(body)) FROM delivery WHERE event_id LIKE %s",
            [f"%:{run}-%"],
        ).fetchone()
        connection.execute("TRUNCATE delivery, delivery_key")
    if row is None or row[0] != deliveries:
        raise FabricError(f"of {deliveries} accepted deliveries the ledger has {row and row[0]}")


def bare_server(port: int) -> Program:
    """The gateway's server with an application that does nothing."""
    return Program(
        "bare",
        [
            *(sys.executable, "-P", "-m", "uvicorn", "benchmarks.bare:app", "--app-dir=."),
            *(f"--port={port}", "--no-access-log", "--log-level=warning"),
        ],
        ready=lambda: not port_free(port),
    )


@contextmanager
def stopped(stage: Stage) -> Iterator[None]:
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
