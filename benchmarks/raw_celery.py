"""The limit: Celery alone, one producer and one worker on the fabric's own broker.

Also the module that its worker runs: ``celery -A benchmarks.raw_celery worker``.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

import redis
from celery import Celery

from benchmarks.fabric import CONCURRENCY, Fabric
from benchmarks.waiting import until
from workers.supervisor import Program

QUEUE = "raw"
BROKER = "BENCHMARK_BROKER"

app = Celery(broker=os.environ.get(BROKER, ""))
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    # As safe as the fabric: a message is there until its task has ended.
    task_acks_late=True,
)


@app.task  # type: ignore[untyped-decorator]
def noop() -> None:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class RawCelery:
    """A worker that does nothing, and the way to make it do so."""

    broker: str

    def drain(self, jobs: int) -> float:
        """Jobs a second, from the first publish until all are acknowledged."""
        app.conf.broker_url = self.broker
        start = time.monotonic()
        with app.producer_pool.acquire(block=True) as producer:
            for _ in range(jobs):
                noop.apply_async(producer=producer)
        with redis.Redis.from_url(self.broker) as client:
            until(lambda: not client.llen(QUEUE) and not client.hlen("unacked"), 600, "raw Celery")
        return jobs / (time.monotonic() - start)


def start(fabric: Fabric) -> RawCelery:
    """Run the worker beside the fabric, which is idle meanwhile."""
    broker = fabric.config.broker_url.get_secret_value()
    command = [sys.executable, "-m", "celery", "-A", __name__, "worker", "--pool=threads"]
    options = [f"--concurrency={CONCURRENCY}", "--hostname=raw@%h", "--loglevel=WARNING",
               "--without-gossip", "--without-mingle", f"--queues={QUEUE}"]  # fmt: skip
    fabric.supervisor.start(
        Program("raw-celery", [*command, *options], env={**os.environ, BROKER: broker})
    )
    return RawCelery(broker)
