"""The ``Broker`` port over Kombu: what the rescue asks Redis or RabbitMQ."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import chain
from threading import Lock
from typing import Any

import orjson
from amqp.exceptions import NotFound
from celery import Celery
from kombu.exceptions import OperationalError

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import InFlight
from workers.queues import broker_queue

MARKER = "fabric.marker"
"""A durable queue that nobody uses. Where it is missing, the broker has lost its data."""


class _Connected:
    """One connection, opened when first needed and again after an error."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._connection: Any = None
        self._lock = Lock()

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """The connection's channel. Raises ``BrokerUnavailable``."""
        with self._lock:
            if self._connection is None:
                self._connection = self._app.connection_for_write()
            connection = self._connection
            away = (OperationalError, *connection.connection_errors, *connection.channel_errors)
            try:
                # Not ``default_channel``, which tries again for minutes.
                connection.ensure_connection(max_retries=1, interval_start=0)
                yield connection.default_channel
            except away as error:
                self._connection = None
                connection.collect(socket_timeout=1)
                raise BrokerUnavailable(f"the broker does not answer: {error}") from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.release()
            self._connection = None


class RedisBroker(_Connected):
    """A queue is a list a rank, short as the relay publishes just in time: it can be read."""

    def missing(self, attempts: Collection[InFlight]) -> list[InFlight]:
        """See ``odoo_bridge.ports.Broker``."""
        if not attempts:
            return []
        with self.channel() as channel:
            lists = [
                channel.client.lrange(channel._q_for_pri(queue, rank), 0, -1)
                for queue in {broker_queue(each.queue) for each in attempts}
                for rank in channel.priority_steps
            ]
        waiting = set(chain.from_iterable(_attempts_in(text) for text in chain(*lists)))
        return [each for each in attempts if each.message_id not in waiting]


class RabbitBroker(_Connected):
    """A queue cannot be read, but counted; what a dead worker held comes back by itself.

    An attempt is missing for certain when its queue holds no message at all, or when it is older
    than a loss of the broker's data, which the missing marker tells.
    """

    def __init__(self, app: Celery) -> None:
        super().__init__(app)
        self._wiped_at = -math.inf

    def missing(self, attempts: Collection[InFlight]) -> list[InFlight]:
        """See ``odoo_bridge.ports.Broker``."""
        with self.channel() as channel:
            if _messages(channel, MARKER) is None:
                self._wiped_at = time.monotonic()
                channel.queue_declare(MARKER, durable=True, auto_delete=False)
            queues = {broker_queue(each.queue) for each in attempts}
            empty = {queue for queue in queues if not _messages(channel, queue)}
        since_wiped = time.monotonic() - self._wiped_at
        return [
            each
            for each in attempts
            if broker_queue(each.queue) in empty or each.claimed_seconds > since_wiped
        ]


def _messages(channel: Any, queue: str) -> int | None:
    """How many messages are ready in a queue; None when there is no such queue."""
    probe = channel.connection.channel()  # its own: the server closes it with a NotFound
    try:
        return int(probe.queue_declare(queue, passive=True).message_count)
    except NotFound:
        return None
    finally:
        probe.close()


def _attempts_in(text: bytes) -> Collection[str]:
    """Which attempts a message carries (see ``workers/publisher.py``)."""
    headers = orjson.loads(text)["headers"]
    return headers.get("attempts") or [headers["id"]]


def open_broker(app: Celery) -> RedisBroker | RabbitBroker:
    """The broker of this application."""
    redis = app.connection_for_write().transport.driver_type == "redis"
    return RedisBroker(app) if redis else RabbitBroker(app)
