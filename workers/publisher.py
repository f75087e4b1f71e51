"""The ``Publisher`` port over Celery: one message per attempt, confirmed by the broker.

Attempts of a batch task that are published together share a message, so that a batch is one job
when there is little to do and grows by itself when many wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from celery import Celery
from kombu.exceptions import OperationalError

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import Envelope
from tasks.registry import registered

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
                for group in packed(envelopes):
                    self._publish_one(group, producer)
        except self._away as error:
            raise BrokerUnavailable(f"the broker did not take a message: {error}") from error

    def _publish_one(self, group: Sequence[Envelope], producer: object) -> None:
        first = group[0]
        batch = _batch(first.task) > 1
        self.app.send_task(
            first.task,
            args=[[each.to_wire() for each in group] if batch else first.to_wire()],
            task_id=first.message_id,
            # So that the rescue finds them in the queue (see ``workers/broker.py``).
            headers={"attempts": [each.message_id for each in group]} if batch else None,
            confirm_timeout=_CONFIRM_TIMEOUT,
            queue=first.queue,
            producer=producer,
            # The relay's own loop retries, with the claim rolled back in between.
            retry=False,
        )


def packed(envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """The messages, in order of their first attempts: one attempt, or a batch of one task."""
    groups: dict[tuple[str, str, str], list[Envelope]] = {}
    for envelope in envelopes:
        group = groups.setdefault((envelope.task, envelope.queue, envelope.origin), [])
        group.append(envelope)
    for group in groups.values():
        size = _batch(group[0].task)
        for start in range(0, len(group), size):
            yield group[start : start + size]


def _batch(task: str) -> int:
    """1 for a task that only the workers know."""
    return registered[task].batch if task in registered else 1


def _away_errors(app: Celery) -> tuple[type[Exception], ...]:
    """What the transport of this broker raises when it is away."""
    connection = app.connection_for_write()
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)
