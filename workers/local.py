"""All of the fabric on one machine: what ``odoo-fabric up`` runs."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from socket import gethostname

import urllib3
from celery import Celery
from pydantic import SecretStr
from rich.console import Console

from odoo_bridge.errors import ConfigurationError
from workers.embedded import instance, places, postgres, valkey
from workers.embedded.server import Server
from workers.health import relay_claims
from workers.process import port_free
from workers.settings import Settings
from workers.supervisor import Program, Supervisor


def servers(config: Settings) -> list[Server]:
    """The embedded servers, prepared, for what the settings give no address of."""
    wanted = []
    if not config.lease_url():
        wanted.append(valkey.broker())
    if not config.ledger_dsn.get_secret_value():
        wanted.append(postgres.ledger())
    return wanted


def completed(config: Settings, embedded: Sequence[Server]) -> Settings:
    """The settings, with the addresses of the embedded servers and of the development Odoo.

    Raises ``ConfigurationError`` when there is no Odoo.
    """
    has_broker = bool(config.broker_url.get_secret_value())
    setting_of = {"broker": "redis_url" if has_broker else "broker_url", "ledger": "ledger_dsn"}
    found: dict[str, object] = {
        setting_of[server.name]: SecretStr(server.address) for server in embedded
    }
    if not config.odoo_url:
        found |= _development_odoo(config.odoo_database)
    if not config.flower_basic_auth.get_secret_value():
        found["flower_basic_auth"] = SecretStr(f"admin:{secrets.token_urlsafe(12)}")
    return config.model_copy(update=found)


def _development_odoo(database: str) -> dict[str, object]:
    running = instance.running(database) if database else instance.running()
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
    for port in (given.gateway_port, given.flower_port):
        if not port_free(port):
            raise ConfigurationError(
                f"port {port} is taken, perhaps by another fabric on this machine: "
                "set FABRIC_GATEWAY_PORT and FABRIC_FLOWER_PORT to free ones"
            )
    with Supervisor(places.state_dir() / "logs") as supervisor:
        embedded = servers(given)
        config = completed(given, embedded)
        for group in (list(map(embedded_program, embedded)), *programs(config)):
            console.print("Starting", ", ".join(each.name for each in group), style="dim")
            supervisor.start(*group)
        yield supervisor, config


def embedded_program(server: Server) -> Program:
    """An embedded server as the supervisor runs it."""
    return Program(
        server.name,
        server.argv,
        env=server.env,
        ready=server.ready,
        user=server.user,
        stop_signal=server.stop_signal,
    )


def programs(config: Settings) -> tuple[list[Program], list[Program]]:
    """The processes of the fabric itself, in two groups.

    The relay is the second, so that it stops first: nothing new reaches workers that drain.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FABRIC_")}
    env = inherited | config.environment()
    command = partial(_program, env=env)
    gateway = f"http://{config.gateway_host}:{config.gateway_port}/readyz"
    flower = f"http://127.0.0.1:{config.flower_port}/healthcheck"
    celery = Celery(broker=config.broker_url.get_secret_value())
    workers = [
        command(
            f"worker-{pool}",
            *("worker", pool, f"--name={pool}"),
            ready=partial(_responds, celery, f"{pool}@{gethostname()}"),
            stop=config.drain_seconds + 15,
        )
        for pool in config.pools
    ]
    served = [
        command("gateway", "gateway", ready=partial(_answers, gateway)),
        *workers,
        command("beat", "beat"),
        command("flower", "flower", ready=partial(_answers, flower)),
    ]
    return served, [command("relay", "relay", ready=partial(relay_claims, time.time()))]


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


def _responds(celery: Celery, node: str) -> bool:
    return bool(celery.control.ping(destination=[node], timeout=0.5))


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
