"""The ``Publisher`` port over Celery: one message per attempt, confirmed by the broker."""

from __future__ import annotations

from collections.abc import Sequence

from celery import Celery
from kombu.exceptions import OperationalError

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import Envelope

_CONFIRM_TIMEOUT = 10.0


class CeleryPublisher:
    """Publishes over pooled connections; safe to share between threads.

    Redis confirms by its answer to LPUSH; RabbitMQ by ``confirm_publish`` (see ``workers/app.py``).
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._away = _away_errors(app)

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """See ``odoo_bridge.ports.Publisher``."""
        try:
            with self.app.producer_pool.acquire(block=True) as producer:
                for envelope in envelopes:
                    self._publish_one(envelope, producer)
        except self._away as error:
            raise BrokerUnavailable(f"the broker did not take a message: {error}") from error

    def _publish_one(self, envelope: Envelope, producer: object) -> None:
        self.app.send_task(
            envelope.task,
            args=[envelope.to_wire()],
            task_id=envelope.message_id,
            confirm_timeout=_CONFIRM_TIMEOUT,
            queue=envelope.queue,
            producer=producer,
            # The relay's own loop retries, with the claim rolled back in between.
            retry=False,
        )


def _away_errors(app: Celery) -> tuple[type[Exception], ...]:
    """What the transport of this broker raises when it is away."""
    connection = app.connection_for_write()
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)
