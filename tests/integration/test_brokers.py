"""What the rescue learns from a real Redis and a real RabbitMQ."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import kombu.pools
import pytest
from celery import Celery

from odoo_bridge.errors import BrokerUnavailable
from odoo_bridge.job import Envelope, InFlight, State
from tests import rabbitmq_server
from tests.conftest import unavailable
from tests.rabbitmq_server import RabbitServer
from tests.redis_server import RedisServer
from workers.app import configuration
from workers.broker import RabbitBroker, RedisBroker, open_broker
from workers.publisher import CeleryPublisher
from workers.settings import Settings

Server = RedisServer | RabbitServer
Broker = RedisBroker | RabbitBroker


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "rabbitmq" and not rabbitmq_server.installed():
        unavailable("Debian's rabbitmq-server is not installed")
    home = Path(tempfile.mkdtemp(prefix="fabric-broker-"))
    home.chmod(0o755)  # RabbitMQ's unprivileged user must get through
    server = RabbitServer(home / "data") if request.param == "rabbitmq" else RedisServer(home)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(home)


@pytest.fixture
def app(server: Server) -> Iterator[Celery]:
    app = Celery("test", broker=server.url, set_as_current=False)
    app.conf.update(configuration(Settings(broker_url=server.url)))
    yield app
    kombu.pools.reset()
    app.close()


@pytest.fixture
def broker(app: Celery) -> Iterator[RedisBroker | RabbitBroker]:
    broker = open_broker(app)
    broker.missing([])
    yield broker
    broker.close()


def envelope(priority: int = 10) -> Envelope:
    return Envelope(str(uuid4()), 1, "test.task", f"queue-{uuid4()}", priority=priority)


def in_flight(envelope: Envelope, claimed_seconds: float = 60.0) -> InFlight:
    return InFlight(
        envelope.uuid, envelope.attempt, envelope.queue, State.ENQUEUED, claimed_seconds
    )


def test_what_waits_is_not_missing(app: Celery, broker: Broker) -> None:
    waiting, lost = envelope(), envelope()
    CeleryPublisher(app).publish([waiting])
    attempts = [in_flight(waiting, 0), in_flight(lost, 0)]
    assert broker.missing(attempts) == [in_flight(lost, 0)]


@pytest.mark.parametrize("priority", [1, 5, 10, 20])
def test_what_waits_in_any_rank_is_not_missing(app: Celery, broker: Broker, priority: int) -> None:
    waiting = envelope(priority)
    CeleryPublisher(app).publish([waiting])
    assert broker.missing([in_flight(waiting, 0)]) == []


@pytest.mark.parametrize("server", ["redis"], indirect=True)
def test_an_urgent_message_overtakes_those_that_wait(app: Celery) -> None:
    first = envelope(priority=20)
    jobs = [first, *(replace(first, uuid=str(each), priority=each) for each in (10, 20, 5, 1))]
    for job in jobs:
        CeleryPublisher(app).publish([job])
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(first.queue)
        priorities = [queue.get(timeout=10).payload[0][0]["priority"] for _ in jobs]
    assert priorities == [1, 5, 10, 20, 20]


def test_a_wiped_broker_has_lost_what_was_claimed_before(
    app: Celery, broker: Broker, server: Server
) -> None:
    publisher = CeleryPublisher(app)
    old = envelope()
    publisher.publish([old])
    server.wipe()
    new = Envelope(str(uuid4()), 1, "test.task", old.queue)
    _publish_again(publisher, new)
    attempts = [in_flight(old, 60), in_flight(new, 0)]
    assert _missing_again(broker, attempts) == [in_flight(old, 60)]


def test_a_broker_that_is_away_says_so(app: Celery, broker: Broker, server: Server) -> None:
    publisher = CeleryPublisher(app)
    job = envelope()
    broker.missing([in_flight(job)])
    server.kill()
    with pytest.raises(BrokerUnavailable):
        broker.missing([in_flight(job)])
    with pytest.raises(BrokerUnavailable):
        publisher.publish([job])
    server.start()
    _publish_again(publisher, job)
    assert _missing_again(broker, [in_flight(job, 0)]) == []


def _publish_again(publisher: CeleryPublisher, job: Envelope) -> None:
    """As the relay does: a lost connection is noticed by the first try and opened by the next."""
    try:
        publisher.publish([job])
    except BrokerUnavailable:
        publisher.publish([job])


def _missing_again(broker: Broker, attempts: list[InFlight]) -> list[InFlight]:
    try:
        return broker.missing(attempts)
    except BrokerUnavailable:
        return broker.missing(attempts)
