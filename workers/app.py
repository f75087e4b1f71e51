"""The Celery application: its settings, and every registered task as a Celery task.

The reason for each setting that is not Celery's default stands beside it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from celery import Celery
from celery.exceptions import Reject, Retry

from beat_schedule import BEAT_SCHEDULE
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Envelope, Json, State, Verdict
from tasks import maintenance
from tasks.base import perform
from tasks.batch import perform_batch
from tasks.registry import Task, registered
from workers.plugins import load_tasks
from workers.runtime import addon, retention, runtime
from workers.settings import Settings, settings


@cache
def celery_app() -> Celery:
    """The application of this process, with all tasks registered."""
    load_tasks()
    app = Celery("odoo_celery_fabric", broker=settings().broker_url.get_secret_value())
    app.conf.update(configuration(settings()))
    for task in registered.values():
        _register(app, task)
    _register_maintenance(app)
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings for the fabric."""
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        # A message is acknowledged when its outcome is committed, also if its worker dies.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        # Priority is the claim's, so a worker must not hold messages that it does not run.
        "worker_prefetch_multiplier": 1,
        # Results live in Odoo and in the ledger.
        "task_ignore_result": True,
        "task_default_queue": "default",
        **_queue_types(settings.broker_url.get_secret_value()),
        "worker_send_task_events": settings.task_events,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_transport": _transport(settings.broker_url.get_secret_value()),
        "broker_transport_options": _transport_options(settings.broker_url.get_secret_value()),
        "beat_schedule": BEAT_SCHEDULE,
        "worker_soft_shutdown_timeout": settings.drain_seconds,
    }


def _queue_types(broker_url: str) -> dict[str, str]:
    """RabbitMQ's quorum queues survive the loss of a node; Redis knows no types."""
    if broker_url.startswith("redis"):
        return {}
    return {"task_default_queue_type": "quorum", "task_create_missing_queue_type": "quorum"}


def _transport(broker_url: str) -> str | None:
    """Ours in place of Kombu's own for Redis; None: what Kombu knows by the URL's scheme."""
    return "workers.redis_transport:Transport" if broker_url.startswith("redis") else None


def _transport_options(broker_url: str) -> dict[str, Any]:
    if not broker_url.startswith("redis"):
        return {"confirm_publish": True}
    return {
        # What a worker that died had taken is known in SQL, and the rescue puts it back. A list of
        # what is not acknowledged, in Redis, would say it twice, and costs a third of a worker.
        "ack_emulation": False,
        "health_check_interval": 10,
        "socket_timeout": 15,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    }


def _register_maintenance(app: Celery) -> None:
    @app.task(name="maintenance.prune_deliveries")  # type: ignore[untyped-decorator]
    def prune_deliveries(keep_days: int) -> int:
        return maintenance.prune_deliveries(retention(), keep_days)

    @app.task(name="maintenance.run_schedules")  # type: ignore[untyped-decorator]
    def run_schedules() -> int:
        return maintenance.run_schedules(addon())


def _register(app: Celery, task: Task) -> None:
    @app.task(  # type: ignore[untyped-decorator]
        name=task.name,
        throws=(JobDead,),
        soft_time_limit=task.time_limit,
        time_limit=task.time_limit + settings().drain_seconds,
    )
    def run(wire: Json | list[Json]) -> str:
        try:
            if isinstance(wire, list):
                return _perform_batch(wire)
            return shown(perform(Envelope.from_wire(wire), runtime()))
        except FabricError as error:
            # No verdict: the job is still in flight, so its message must not be lost.
            raise Reject(error, requeue=True) from error


class JobDead(Exception):
    """Tells Celery's events, and so Flower, that a job failed. Its keeper knows already."""


def shown(verdict: Verdict) -> str:
    """A job's state as Celery's: done succeeds, dead raises ``JobDead``, a retry ``Retry``."""
    if verdict.accepted and verdict.state is State.DEAD:
        raise JobDead(verdict.error or "see the job's error in Odoo, or the ledger's")
    if verdict.accepted and verdict.state is State.SCHEDULED:
        raise Retry("the relay will publish the next attempt")
    return verdict.state.value


def _perform_batch(wires: list[Json]) -> str:
    """How many jobs stand in which state, for Flower."""
    verdicts = perform_batch([Envelope.from_wire(wire) for wire in wires], runtime())
    states = Counter(verdict.state.value for verdict in verdicts)
    return ", ".join(f"{count} {state}" for state, count in states.items())
