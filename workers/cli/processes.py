"""One command for each kind of process; in production each is its own container."""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import Annotated

import typer
import uvicorn

from odoo_bridge.errors import ConfigurationError
from workers import relay as relay_process
from workers.app import celery_app
from workers.budget import join
from workers.drain import bound
from workers.embedded import places
from workers.observability import configure_logging
from workers.queues import broker_queue
from workers.runtime import publish_tasks
from workers.settings import Settings, settings


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (relay, worker, gateway, beat, flower):
        app.command()(command)


def relay() -> None:
    """Move jobs from the outboxes (Odoo's, and the ledger's) to the broker."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    relay_process.serve(start("broker_url"), stop)


def worker(
    pool: Annotated[str, typer.Argument(help="Which of the configured pools to serve.")],
    name: Annotated[str, typer.Option(help="Node name; unique among the workers.")] = "",
) -> None:
    """Run jobs: one Celery worker that serves the queues of a pool."""
    config = start("broker_url", "odoo_url")
    if pool not in config.pools:
        raise ConfigurationError(f"no pool {pool!r}; configured: {', '.join(config.pools)}")
    served = config.pools[pool]
    for queue in served.queues:
        if broker_queue(queue) != queue:
            raise ConfigurationError(
                f"the pool {pool!r} serves the sub-queue {queue!r}: name {broker_queue(queue)!r}"
            )
    os.nice(served.nice)
    celery = celery_app()
    join(pool)
    publish_tasks()
    bound(config.drain_seconds, config.lease_url())
    celery.worker_main(
        [
            "worker",
            f"--hostname={name or pool}@%h",
            f"--queues={','.join(served.queues)}",
            f"--concurrency={served.concurrency}",
            f"--pool={served.kind}",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
        ]
    )


def gateway() -> None:
    """Take webhooks in: verify, store, answer 202."""
    config = start("ledger_dsn")
    uvicorn.run(
        "workers.gateway:app",
        factory=True,
        host=config.gateway_host,
        port=config.gateway_port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the gateway itself knows whom to believe
        server_header=False,
    )


def beat() -> None:
    """Start periodic work, as beat_schedule.py says."""
    start("broker_url")
    schedule = places.state_dir() / "beat"
    celery_app().start(["beat", f"--schedule={schedule}", "--pidfile=", "--loglevel=INFO"])


def flower() -> None:
    """Show workers and tasks in a browser, behind a login."""
    config = start("broker_url", "flower_basic_auth")
    celery_app().start(
        [
            "flower",
            f"--address={config.flower_host}",
            f"--port={config.flower_port}",
            f"--basic-auth={config.flower_basic_auth.get_secret_value()}",
            "--task-columns=name,uuid,state,args,runtime,worker",
        ]
    )


def start(*required: str) -> Settings:
    """The settings, with logging set up. Raises ``ConfigurationError`` naming what is missing."""
    config = settings()
    configure_logging(config.log_format)
    config.require(*required)
    return config
