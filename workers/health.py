"""Is the process of a container at work? ``python -P -m workers.health ROLE`` exits 0 or 1.

Not a part of the command line, whose imports cost more than a check every half minute may.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import urllib3
from celery import Celery
from kombu.exceptions import OperationalError

from odoo_bridge.errors import BrokerUnavailable, ConfigurationError, FabricError, Retryable
from workers.embedded import places
from workers.settings import Settings, settings

PATIENCE = 5.0
"""Seconds."""
STALE = 30.0
"""Seconds without a claim after which a relay is not at work."""


class Unhealthy(Retryable):
    """The process may be there, but does not do its work."""


def check(role: str, config: Settings) -> None:
    """Raises ``FabricError`` unless this host's process of that role can do its work."""
    try:
        CHECKS[role](config)
    except KeyError:
        raise ConfigurationError(f"no role {role!r}; known: {', '.join(CHECKS)}") from None
    except OperationalError as error:
        raise BrokerUnavailable(f"the broker does not answer: {error}") from error


def _gateway(config: Settings) -> None:
    _expect_answer(f"http://127.0.0.1:{config.gateway_port}/readyz")


def _flower(config: Settings) -> None:
    _expect_answer(f"http://127.0.0.1:{config.flower_port}/healthcheck")


def _expect_answer(url: str) -> None:
    try:
        status = urllib3.request("GET", url, timeout=PATIENCE, retries=False).status
    except urllib3.exceptions.HTTPError as error:
        raise Unhealthy(f"{url} does not answer: {error}") from error
    if status != 200:
        raise Unhealthy(f"{url} answers {status}")


def _worker(config: Settings) -> None:
    """Asks through the broker: a worker that has lost it is alive, and deaf."""
    host = socket.gethostname()
    answers = _celery(config).control.ping(
        timeout=PATIENCE, pattern=f"*@{host}", matcher="glob", limit=1
    )
    if not answers:
        raise Unhealthy(f"no worker on {host} answers")


def _broker(config: Settings) -> None:
    """Beat ends when it fails; what is left to ask is whether it can publish."""
    with _celery(config).connection_for_write(connect_timeout=PATIENCE) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)


def relay_sign() -> Path:
    """A file that this machine's relay touches as long as it can claim from all its outboxes."""
    return places.state_dir() / "relay.claims"


def relay_claims(since: float) -> bool:
    """Whether the relay has claimed after that Unix time, if only to find nothing."""
    sign = relay_sign()
    return sign.exists() and sign.stat().st_mtime > since


def _relay(config: Settings) -> None:
    _broker(config)
    if not relay_claims(time.time() - STALE):
        raise Unhealthy(f"the relay has claimed nothing for {STALE:.0f} s: see its log")


def _celery(config: Settings) -> Celery:
    return Celery("odoo_celery_fabric_health", broker=config.broker_url.get_secret_value())


CHECKS: dict[str, Callable[[Settings], None]] = {
    "relay": _relay,
    "worker": _worker,
    "gateway": _gateway,
    "beat": _broker,
    "flower": _flower,
}


def main(argv: list[str]) -> int:
    """Exit code: 0 is healthy; the reason goes to stderr, which Docker keeps."""
    try:
        check(argv[0] if argv else "", settings())
    except FabricError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
