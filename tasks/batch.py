"""Attempts that came in one message, of a task that takes several jobs at once (``batch=N``)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import structlog

from odoo_bridge.errors import Cancelled, OdooUnavailable
from odoo_bridge.job import Envelope, Outcome, State, Verdict
from tasks.base import Runtime, attempt, commit, failed, opened, succeeded
from tasks.job import Job
from tasks.registry import Params, Task, find

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Member:
    outcome: Outcome
    job: Job
    params: Params


def perform_batch(envelopes: Sequence[Envelope], runtime: Runtime) -> list[Verdict]:
    """Make the attempts in one run and commit their outcomes in one write-back.

    Those that a copy of the message began before, and those that were cancelled, are left out.
    Raises as ``tasks.base.perform`` does.
    """
    with ExitStack() as leases, structlog.contextvars.bound_contextvars(task=envelopes[0].task):
        ours = [each for each in envelopes if leases.enter_context(runtime.leasing(each))]
        outcomes = attempt_batch(ours, runtime)
        return commit(outcomes, runtime) if outcomes else []


def attempt_batch(envelopes: Sequence[Envelope], runtime: Runtime) -> list[Outcome]:
    """Run the task for all at once; one by one when it raised, so that a bad one fails alone."""
    if len(envelopes) > 1:
        try:
            return _together(envelopes, runtime)
        except OdooUnavailable as error:  # no member's fault, and to ask again for each is useless
            return [_failed(each, error, runtime) for each in envelopes]
        except (Exception, Cancelled) as error:  # the border: a task may raise anything
            log.warning("batch.split", jobs=len(envelopes), error=str(error))
    return list(_one_by_one(envelopes, runtime))


def _failed(envelope: Envelope, error: Exception, runtime: Runtime) -> Outcome:
    started = Outcome(envelope, State.DONE, started_at=time.time(), worker=runtime.worker)
    return failed(started, error)


def _one_by_one(envelopes: Sequence[Envelope], runtime: Runtime) -> Iterator[Outcome]:
    for envelope in envelopes:
        try:
            yield attempt(envelope, runtime)
        except Cancelled:
            log.info("job.cancelled", job=envelope.uuid)


def _together(envelopes: Sequence[Envelope], runtime: Runtime) -> list[Outcome]:
    task = find(envelopes[0].task)
    clock = time.monotonic()
    with ExitStack() as reports:
        entered = [_enter(each, task, runtime, reports) for each in envelopes]
        members = [each for each in entered if isinstance(each, _Member)]
        with runtime.limiting(task.time_limit):
            results = task.function(
                [each.job for each in members], [each.params for each in members]
            )
        ended = [_ended(member, result) for member, result in zip(members, results, strict=True)]
    unfit = [each for each in entered if isinstance(each, Outcome)]
    seconds = time.monotonic() - clock
    return [replace(outcome, seconds=seconds) for outcome in (*unfit, *ended)]


def _enter(
    envelope: Envelope, task: Task, runtime: Runtime, reports: ExitStack
) -> _Member | Outcome:
    """The job, ready to run; the outcome of one whose params do not fit."""
    outcome = Outcome(envelope, State.DONE, started_at=time.time(), worker=runtime.worker)
    try:
        params = task.check(envelope.params)
    except Exception as error:  # the border: a model's validators may raise anything
        return failed(outcome, error)
    return _Member(outcome, reports.enter_context(opened(envelope, runtime)), params)


def _ended(member: _Member, result: object) -> Outcome:
    job = member.job
    if job.failure is not None:
        return failed(member.outcome, job.failure)
    return succeeded(member.outcome, result, job)
