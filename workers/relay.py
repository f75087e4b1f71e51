"""The relay's process: two threads for each outbox, the relay's and the rescue's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread

import structlog

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.leases import RedisLeases
from odoo_bridge.ledger import migrate
from odoo_bridge.outbox import RpcOutbox, ledger_outbox, odoo_outbox
from odoo_bridge.outbox.relay import Relay
from odoo_bridge.outbox.rescue import Rescue
from odoo_bridge.ports import Outbox
from workers.app import celery_app
from workers.broker import open_broker
from workers.budget import Valve, measure_for_all
from workers.health import relay_sign
from workers.publisher import CeleryPublisher
from workers.runtime import addon
from workers.settings import Settings

log = structlog.get_logger(__name__)

SIGN_EVERY = 0.2
"""Seconds between two signs of life."""
FRESH = 5.0
"""Seconds that a claim is a sign of life, on top of ``relay_poll``, after which it looks again."""


def serve(config: Settings, stop: Event) -> None:
    """Relay every configured outbox, and rescue what is lost, until ``stop`` is set.

    Raises ``ConfigurationError`` when there is no outbox. An error that ends one thread ends the
    process, so that a supervisor sees it.
    """
    app = celery_app()
    publisher = CeleryPublisher(app)
    loops: list[Relay | Rescue] = [
        Relay(Valve(outbox), publisher, batch=config.relay_batch, poll=config.relay_poll)
        for outbox in outboxes(config)
    ]
    if not loops:
        raise ConfigurationError(
            "set FABRIC_OUTBOX_DSN, FABRIC_OUTBOX=rpc or FABRIC_LEDGER_DSN: nothing to relay"
        )
    if url := config.lease_url():
        # Each on a connection of its own: the relay's waits for notifications.
        loops += [Rescue(outbox, RedisLeases(url), open_broker(app)) for outbox in outboxes(config)]
    else:
        log.warning("rescue.off", reason="FABRIC_REDIS_URL is not set")
    measure_for_all()
    run(loops, stop, fresh_sign())


def run(loops: Sequence[Relay | Rescue], stop: Event, sign: Path) -> None:
    """Each in a thread, until ``stop`` is set; touches ``sign`` while all relays can claim.

    Raises what ended one of them.
    """
    threads = [_Thread(loop, stop) for loop in loops]
    for thread in threads:
        thread.start()
    relays = [loop for loop in loops if isinstance(loop, Relay)]
    while not stop.wait(SIGN_EVERY):
        if all(time.monotonic() - each.claimed_at < each.poll + FRESH for each in relays):
            sign.touch()
    for thread in threads:
        thread.join()
    for thread in threads:
        if thread.error is not None:
            raise thread.error


def fresh_sign() -> Path:
    """The sign of life, which says that nothing was claimed yet. Raises ``ConfigurationError``."""
    try:
        sign = relay_sign()
        sign.touch()
        os.utime(sign, (0, 0))
    except OSError as error:
        raise ConfigurationError(
            f"FABRIC_STATE_DIR must be a directory that the relay can write to: {error}"
        ) from error
    return sign


def outboxes(config: Settings) -> Iterator[Outbox]:
    """The configured outboxes, each with a connection of its own."""
    if config.outbox == "rpc":
        yield RpcOutbox(addon)
    elif config.outbox == "postgres" or config.outbox_dsn.get_secret_value():
        config.require("outbox_dsn")
        yield odoo_outbox(config.outbox_dsn.get_secret_value())
    if dsn := config.ledger_dsn.get_secret_value():
        migrate(dsn)
        yield ledger_outbox(dsn)


class _Thread(Thread):
    """Serves one loop; when it fails, it stops the others and keeps the error."""

    def __init__(self, loop: Relay | Rescue, stop: Event) -> None:
        super().__init__(name=f"{type(loop).__name__.lower()}-{loop.outbox.name}")
        self.loop = loop
        self.stop = stop
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.loop.run(self.stop)
        except Exception as error:  # carried to the main thread, which raises it
            self.error = error
            self.stop.set()
