"""An attempt, from envelope to verdict: the one place that runs tasks and maps their errors."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import structlog
import tenacity

from odoo_bridge.errors import Cancelled, FabricError, OdooUnavailable
from odoo_bridge.job import Envelope, Origin, Outcome, State, Verdict
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.ports import WriteBack
from odoo_bridge.reporter import Pulse
from tasks.job import Environment, Job
from tasks.registry import find
from tasks.retry import Retry

log = structlog.get_logger(__name__)

_LONGEST_TRACEBACK = 16_384


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a worker process lends to the attempts that it makes."""

    environment: Callable[[Envelope], Environment]
    """An odoorpc environment that acts as the job's user."""
    write_back: Callable[[Origin], WriteBack]
    """Who keeps the state of jobs of this origin."""
    delivery: Callable[[str], Delivery]
    """The delivery with this uuid."""
    reporting: Callable[[Envelope], AbstractContextManager[Pulse]]
    """While it is open, the job shows as started, and what it says goes to what it gives."""
    leasing: Callable[[Envelope], AbstractContextManager[bool]]
    """Holds the lease of an attempt while it is open; False when the attempt was begun before."""
    worker: str
    """Name of this worker, as Celery and Flower show it."""
    patience: float = 60.0
    """Seconds to wait for a keeper that does not answer before the message goes back."""


def perform(envelope: Envelope, runtime: Runtime) -> Verdict:
    """Make one attempt and commit its outcome, unless a copy of its message began it before.

    Raises the last ``FabricError`` when the keeper gave no verdict within ``patience``: the job
    is still in flight then, and its message must go back to the broker.
    """
    with structlog.contextvars.bound_contextvars(
        job=envelope.uuid,
        attempt=envelope.attempt,
        task=envelope.task,
        correlation_id=envelope.correlation_id,
    ):
        with runtime.leasing(envelope) as ours:
            if ours:
                return _perform(envelope, runtime)
        log.info("job.stepped_aside")
        return Verdict(envelope.uuid, envelope.attempt, False, State.STARTED)


def _perform(envelope: Envelope, runtime: Runtime) -> Verdict:
    try:
        outcome = attempt(envelope, runtime)
    except Cancelled:
        # The fence would refuse its outcome.
        log.info("job.cancelled")
        return Verdict(envelope.uuid, envelope.attempt, False, State.CANCELLED)
    (verdict,) = commit([outcome], runtime)
    return verdict


def attempt(envelope: Envelope, runtime: Runtime) -> Outcome:
    """Run the task. Whatever error it raises becomes a retry or a dead letter.

    Raises ``Cancelled`` when the job is no longer wanted.
    """
    outcome = Outcome(envelope, State.DONE, started_at=time.time(), worker=runtime.worker)
    clock = time.monotonic()
    try:
        outcome = _run(outcome, runtime)
    except Exception as error:  # the border: a task may raise anything
        outcome = failed(outcome, error)
    return replace(outcome, seconds=time.monotonic() - clock)


def _run(outcome: Outcome, runtime: Runtime) -> Outcome:
    task = find(outcome.envelope.task)
    params = task.check(outcome.envelope.params)
    with opened(outcome.envelope, runtime) as job:
        result = task.run_one(job, params)
    return replace(outcome, result=result, operations=tuple(job.operations))


@contextmanager
def opened(envelope: Envelope, runtime: Runtime) -> Iterator[Job]:
    """The job as its task sees it, reported while the context is open."""
    with runtime.reporting(envelope) as pulse:
        yield Job(
            envelope,
            odoo=runtime.environment(envelope),
            pulse=pulse,
            load_delivery=lambda: runtime.delivery(envelope.uuid),
        )


def failed(outcome: Outcome, error: Exception) -> Outcome:
    """The outcome of an attempt that raised ``error``: a retry or a dead letter."""
    envelope = outcome.envelope
    retry_in = _policy(envelope.task).retry_in(envelope.attempt, error, envelope.max_attempts)
    if not isinstance(error, FabricError):
        log.error("job.raised", exc_info=error)
    return replace(
        outcome,
        state=State.DEAD if retry_in is None else State.SCHEDULED,
        retry_in=retry_in or 0.0,
        counts=not isinstance(error, OdooUnavailable),  # which is not the job's fault
        error=f"{type(error).__name__}: {error}",
        traceback="".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:],
    )


def _policy(task: str) -> Retry:
    try:
        return find(task).retry
    except FabricError:
        return Retry()


def commit(outcomes: Sequence[Outcome], runtime: Runtime) -> list[Verdict]:
    """Offer outcomes, all of one origin, to their keeper until it answers. See ``perform``."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(FabricError),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
        stop=tenacity.stop_after_delay(runtime.patience),
        before_sleep=lambda state: log.warning(
            "write_back.waits", error=str(state.outcome and state.outcome.exception())
        ),
        reraise=True,
    )
    write_back = runtime.write_back(outcomes[0].envelope.origin)
    verdicts = retrying(write_back.commit, outcomes)
    for outcome, verdict in zip(outcomes, verdicts, strict=True):
        log.info(
            "job.finished" if verdict.accepted else "job.refused",
            job=verdict.uuid,
            state=verdict.state.value,
            seconds=round(outcome.seconds, 3),
            error=verdict.error or outcome.error or None,
        )
    return verdicts
