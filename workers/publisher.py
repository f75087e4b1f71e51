"""The ``Publisher`` port over Celery: one message per attempt, confirmed by the broker.

Attempts of a batch task that are published together share a message, so that a batch is one job
when there is little to do and grows by itself when many wait.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from celery import Celery
from kombu.exceptions import BatchPublishError, OperationalError

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import Envelope
from tasks.registry import registered
from workers.queues import broker_queue

_CONFIRM_TIMEOUT = 10.0

_LONGEST_REPR = 512

_RANKS = (0, 3, 6, 9)
"""Kombu's default ``priority_steps``: a list of its own for each, asked in this order."""
_BOUNDS = (5, 10, 11)
"""Urgent: 0 to 4. Before the rest: 5 to 9. 10, the default. After the rest: 11 and above."""


class CeleryPublisher:
    """Publishes over pooled connections; safe to share between threads.

    Redis confirms by its answer to LPUSH; RabbitMQ by ``confirm_publish`` (see ``workers/app.py``).
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._away = _away_errors(app)
        # A quorum queue of RabbitMQ has no ranks (4.0: two, the other way round).
        self._ranked = app.connection_for_write().transport.driver_type == "redis"

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """See ``odoo_bridge.ports.Publisher``."""
        try:
            # Redis takes all of them in one pipeline; another broker takes them one by one.
            with self.app.producer_pool.acquire(block=True) as producer, producer.batch():
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
            # What Flower shows. Celery's own repr of the whole envelope costs more than the rest.
            argsrepr=repr(first.params)[:_LONGEST_REPR],
            # So that the rescue finds them in the queue (see ``workers/broker.py``).
            headers={"attempts": [each.message_id for each in group]} if batch else None,
            confirm_timeout=_CONFIRM_TIMEOUT,
            queue=broker_queue(first.queue),
            priority=broker_priority(first.priority) if self._ranked else None,
            producer=producer,
            # The relay's own loop retries, with the claim rolled back in between.
            retry=False,
        )


def packed(envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """The messages, in order of their first attempts: one attempt, or a batch of one task."""
    groups: dict[tuple[str, str, str, int], list[Envelope]] = {}
    for envelope in envelopes:
        rank = broker_priority(envelope.priority)
        group = groups.setdefault((envelope.task, envelope.queue, envelope.origin, rank), [])
        group.append(envelope)
    for group in groups.values():
        size = _batch(group[0].task)
        for start in range(0, len(group), size):
            yield group[start : start + size]


def broker_priority(priority: int) -> int:
    """One of Kombu's four ranks on Redis, 0 first, for a job's priority.

    The claim is exact; this is for what it claims while earlier messages still wait in the broker.
    """
    return _RANKS[bisect_right(_BOUNDS, priority)]


def _batch(task: str) -> int:
    """1 for a task that only the workers know."""
    return registered[task].batch if task in registered else 1


def _away_errors(app: Celery) -> tuple[type[Exception], ...]:
    """What the transport of this broker raises when it is away."""
    connection = app.connection_for_write()
    return (
        OperationalError,
        BatchPublishError,
        *connection.connection_errors,
        *connection.channel_errors,
    )
