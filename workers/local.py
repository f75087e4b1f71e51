"""All of the fabric on one machine: what ``odoo-fabric up`` runs."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import urllib3
from pydantic import SecretStr
from rich.console import Console

from odoo_bridge.errors import ConfigurationError
from workers.embedded import odoo, postgres, valkey
from workers.embedded.server import Server
from workers.settings import Settings
from workers.supervisor import Program, Supervisor


def servers(config: Settings) -> list[Server]:
    """The embedded servers, for what the settings give no address of."""
    state = Path(config.state_dir)
    wanted = []
    if not config.broker_url.get_secret_value():
        wanted.append(valkey.server(state / "valkey"))
    if not config.ledger_dsn.get_secret_value():
        wanted.append(postgres.server(state / "ledger"))
    return wanted


def completed(config: Settings, embedded: list[Server]) -> Settings:
    """The settings, with the addresses of the embedded servers and of the development Odoo.

    Raises ``ConfigurationError`` when there is no Odoo.
    """
    found: dict[str, object] = {}
    for server in embedded:
        found[{"valkey": "broker_url", "ledger": "ledger_dsn"}[server.name]] = SecretStr(
            server.address
        )
    if not config.odoo_url:
        found |= _development_odoo(config.odoo_database)
    if not config.flower_basic_auth.get_secret_value():
        found["flower_basic_auth"] = SecretStr(f"admin:{secrets.token_urlsafe(12)}")
    return config.model_copy(update=found)


def _development_odoo(database: str) -> dict[str, object]:
    running = odoo.running(database or odoo.DATABASE)
    if running is None:
        raise ConfigurationError(
            "no Odoo: set FABRIC_ODOO_URL and its companions, or run `odoo-fabric dev odoo start`"
        )
    return {
        "odoo_url": running.url,
        "odoo_database": running.database,
        "odoo_login": running.login,
        "odoo_api_key": SecretStr(running.api_key),
        "outbox_dsn": SecretStr(running.outbox_dsn),
    }


@contextmanager
def fabric(given: Settings, console: Console) -> Iterator[tuple[Supervisor, Settings]]:
    """Run all of it for the length of the context; gives the settings as completed.

    Whatever happens, nothing is left running behind it.
    """
    with Supervisor(Path(given.state_dir) / "logs") as supervisor:
        embedded = servers(given)
        config = completed(given, embedded)
        for program in [*map(_embedded, embedded), *programs(config)]:
            console.print(f"Starting {program.name}", style="dim")
            supervisor.start(program)
        yield supervisor, config


def _embedded(server: Server) -> Program:
    server.prepare()
    return Program(
        server.name, server.argv, env=server.env, ready=server.ready, user=server.user
    )


def programs(config: Settings) -> list[Program]:
    """The processes of the fabric itself, in the order of their start.

    The relay comes last, so that it stops first: nothing new reaches workers that drain.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FABRIC_")}
    env = inherited | config.environment()
    command = partial(_program, env=env)
    gateway = f"http://{config.gateway_host}:{config.gateway_port}/readyz"
    flower = f"http://127.0.0.1:{config.flower_port}/healthcheck"
    workers = [
        command(f"worker-{pool}", "worker", pool, f"--name={pool}", stop=config.drain_seconds + 15)
        for pool in config.pools
    ]
    return [
        command("gateway", "gateway", ready=partial(_answers, gateway)),
        *workers,
        command("beat", "beat"),
        command("flower", "flower", ready=partial(_answers, flower)),
        command("relay", "relay"),
    ]


def _program(
    name: str,
    *argv: str,
    env: Mapping[str, str],
    ready: Callable[[], bool] | None = None,
    stop: float = 10.0,
) -> Program:
    return Program(
        name,
        [sys.executable, "-P", "-m", "workers", *argv],
        env=env,
        ready=ready,
        stop_seconds=stop,
    )


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
