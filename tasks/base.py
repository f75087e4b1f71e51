"""An attempt, from envelope to verdict: the one place that runs tasks and maps their errors."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

import structlog
import tenacity

from odoo_bridge.errors import (
    AccessRefused,
    AnswerMalformed,
    Cancelled,
    FabricError,
    InvalidValue,
    OdooRejected,
    RequestTooLarge,
)
from odoo_bridge.job import Envelope, Origin, Outcome, State, Verdict
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.ports import WriteBack
from odoo_bridge.receivers import Receivers
from odoo_bridge.reporter import Pulse
from odoo_bridge.rpc.files import Files
from odoo_bridge.rpc.values import invalid, to_json
from tasks.job import Environment, Job
from tasks.registry import find
from tasks.retry import FREE, Retry

log = structlog.get_logger(__name__)

_LONGEST_TRACEBACK = 16_384
_FOR_GOOD = (OdooRejected, InvalidValue, RequestTooLarge, AnswerMalformed)


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
    limiting: Callable[[float], AbstractContextManager[object]] = nullcontext
    """Stops what runs while it is open after so many seconds, by ``TimeLimitExceeded``."""
    files: Callable[[Envelope], Files] = lambda _envelope: Files()
    """What the attempt may do with files."""
    receivers: Receivers = field(default_factory=Receivers)
    """Whom webhooks may be sent to."""
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
    with opened(outcome.envelope, runtime) as job, runtime.limiting(task.time_limit):
        result = task.run_one(job, params)
    return succeeded(outcome, result, job)


def succeeded(outcome: Outcome, result: object, job: Job) -> Outcome:
    """The outcome of an attempt that raised nothing.

    Raises ``InvalidValue`` for what Odoo could not be told: found later, it would keep the whole
    write-back from going out, again and again.
    """
    operations = tuple(job.operations)

    def find() -> InvalidValue | None:
        made = (invalid(each.args, f"operation {n}") for n, each in enumerate(operations))
        return invalid(result, "the result") or next(filter(None, made), None)

    to_json([result, [each.args for each in operations]], find)
    return replace(outcome, result=result, operations=operations)


@contextmanager
def opened(envelope: Envelope, runtime: Runtime) -> Iterator[Job]:
    """The job as its task sees it, reported while the context is open."""
    files = runtime.files(envelope)
    with runtime.reporting(envelope) as pulse:
        try:
            yield Job(
                envelope,
                odoo=runtime.environment(envelope),
                pulse=pulse,
                load_delivery=lambda: runtime.delivery(envelope.uuid),
                files=files,
                receivers=runtime.receivers,
            )
        except Cancelled:
            files.discard()
            raise


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
        counts=not isinstance(error, FREE),
        error=_sayable(f"{type(error).__name__}: {error}"),
        traceback=_sayable("".join(traceback.format_exception(error)))[-_LONGEST_TRACEBACK:],
    )


def _sayable(text: str) -> str:
    """Without half characters, which an error may quote and no wire can carry."""
    return text.encode("utf-8", "replace").decode()


def _policy(task: str) -> Retry:
    try:
        return find(task).retry
    except FabricError:
        return Retry()


def commit(outcomes: Sequence[Outcome], runtime: Runtime) -> list[Verdict]:
    """Offer outcomes, all of one origin, to their keeper until it answers. See ``perform``.

    An outcome that the keeper refuses for good becomes a dead letter with the reason: offered again
    and again, it would be refused again, and its job made anew for ever.
    """
    try:
        verdicts = _offer(outcomes, runtime, unless=_for_good)
    except FabricError as error:
        if not _for_good(error):
            raise
        if len(outcomes) > 1:  # only one of them may be to blame
            return [verdict for each in outcomes for verdict in commit([each], runtime)]
        log.exception("write_back.refused", job=outcomes[0].envelope.uuid)
        # If it was applied and only the answer is of no use, the fence knows.
        outcomes = [_refused(outcomes[0], error)]
        verdicts = _offer(outcomes, runtime)
    for outcome, verdict in zip(outcomes, verdicts, strict=True):
        log.info(
            "job.finished" if verdict.accepted else "job.refused",
            job=verdict.uuid,
            state=verdict.state.value,
            seconds=round(outcome.seconds, 3),
            error=verdict.error or outcome.error or None,
        )
    return verdicts


def _for_good(error: BaseException) -> bool:
    """Whether the same outcome would be refused again: Odoo's own no, what never reaches it.

    Not for a key, an address or a right of the account: a person mends those.
    """
    return isinstance(error, _FOR_GOOD) and not isinstance(error, AccessRefused)


def _refused(outcome: Outcome, error: FabricError) -> Outcome:
    """The dead letter of an outcome that its keeper does not take."""
    return replace(
        outcome,
        state=State.DEAD,
        result=None,
        operations=(),
        error=_sayable(f"the result could not be stored: {type(error).__name__}: {error}"),
        traceback=_sayable(error.fault.traceback if error.fault else "")[-_LONGEST_TRACEBACK:],
    )


def _offer(
    outcomes: Sequence[Outcome],
    runtime: Runtime,
    unless: Callable[[BaseException], bool] = lambda _error: False,
) -> list[Verdict]:
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error, FabricError) and not unless(error)
        ),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
        stop=tenacity.stop_after_delay(runtime.patience),
        before_sleep=lambda state: log.warning(
            "write_back.waits", error=str(state.outcome and state.outcome.exception())
        ),
        reraise=True,
    )
    write_back = runtime.write_back(outcomes[0].envelope.origin)
    return retrying(write_back.commit, outcomes)
