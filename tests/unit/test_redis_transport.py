"""Kombu's Redis transport, with a client that lasts."""

from __future__ import annotations

from celery import Celery
from redis import ConnectionPool, Redis

from workers.app import configuration
from workers.redis_transport import Channel
from workers.settings import Settings


def channel_class(broker_url: str) -> object:
    app = Celery(broker=broker_url)
    app.conf.update(configuration(Settings(broker_url=broker_url)))
    return getattr(app.connection_for_write().transport, "Channel", None)


def test_the_fabric_uses_it_on_redis_only() -> None:
    assert channel_class("redis://127.0.0.1:1/0") is Channel
    assert channel_class("amqp://127.0.0.1:1//") is not Channel


class Unconnected(Channel):
    """Without the connection that a channel makes when it is built."""

    Client = Redis

    def __init__(self) -> None:
        self._pool = ConnectionPool()


def test_a_client_lasts_as_long_as_its_pool() -> None:
    channel = Unconnected()
    with channel.conn_or_acquire() as one, channel.conn_or_acquire() as other:
        assert one is other
    channel._pool = ConnectionPool()
    with channel.conn_or_acquire() as fresh:
        assert fresh is not one
        assert fresh.connection_pool is channel._pool
