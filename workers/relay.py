"""The relay's process: one thread for each outbox."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.ledger import migrate
from odoo_bridge.outbox import ledger_outbox, odoo_outbox
from odoo_bridge.outbox.relay import Relay
from odoo_bridge.ports import Outbox
from workers.app import celery_app
from workers.publisher import CeleryPublisher
from workers.settings import Settings


def serve(config: Settings, stop: Event) -> None:
    """Relay every configured outbox until ``stop`` is set.

    Raises ``ConfigurationError`` when there is no outbox. An error that ends one thread ends the
    process, so that a supervisor sees it.
    """
    publisher = CeleryPublisher(celery_app())
    threads = [
        _Thread(Relay(outbox, publisher, batch=config.relay_batch, poll=config.relay_poll), stop)
        for outbox in _outboxes(config)
    ]
    if not threads:
        raise ConfigurationError("set FABRIC_OUTBOX_DSN or FABRIC_LEDGER_DSN: nothing to relay")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread in threads:
        if thread.error is not None:
            raise thread.error


def _outboxes(config: Settings) -> Iterator[Outbox]:
    if dsn := config.outbox_dsn.get_secret_value():
        yield odoo_outbox(dsn)
    if dsn := config.ledger_dsn.get_secret_value():
        migrate(dsn)
        yield ledger_outbox(dsn)


class _Thread(Thread):
    """A relay's loop; when it fails, it stops the others and keeps the error."""

    def __init__(self, relay: Relay, stop: Event) -> None:
        super().__init__(name=f"relay-{relay.outbox.name}")
        self.relay = relay
        self.stop = stop
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.relay.run(self.stop)
        except Exception as error:  # carried to the main thread, which raises it
            self.error = error
            self.stop.set()
