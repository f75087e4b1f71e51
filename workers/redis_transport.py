"""Kombu's Redis transport with one lasting client a channel.

Kombu makes a new ``redis.Redis`` for each command it sends (``kombu/transport/redis.py``,
``Channel.conn_or_acquire``), which was 18 % of a worker's time; the connection was pooled anyway.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    """A channel that keeps its client for as long as its connection pool lasts."""

    _lasting: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:  # holds a connection of its own, so there may be several
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        if self._lasting is None or self._lasting.connection_pool is not self.pool:
            self._lasting = super()._create_client()  # type: ignore[no-untyped-call]
        return self._lasting


class Transport(kombu_redis.Transport):
    """Kombu's, over our channels. Named in Celery's setting ``broker_transport``."""

    Channel = Channel
