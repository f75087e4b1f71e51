"""For tests of addons: what was enqueued, and doing it.

    from odoo.addons.celery_bridge.testing import trap_jobs

    with trap_jobs(self.env) as trap:
        order.action_confirm()
        trap.assert_called(order, "action_send_mail", "confirmed", count=1)
        trap.run()
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from odoo.api import Environment
from odoo.models import BaseModel

from .fabric.call_later import TASK, call_params
from .models.celery_job_inline import call

Function = Callable[[Environment, Any], Any]
"""``(env, params) -> result``: what a worker would do, with ``env`` acting as the job's user."""


class Trap:
    """The jobs that were enqueued since it was set, in this transaction."""

    def __init__(self, env: Environment) -> None:
        self._all = env["celery.job"].sudo()
        self._functions: dict[str, Function] = {}
        self._since = self._all.search([], order="id desc", limit=1).id or 0

    @property
    def jobs(self) -> BaseModel:
        """All of them in the order of their enqueuing, as superuser."""
        return self._all.search([("id", ">", self._since)], order="id")

    def fake(self, task: str, function: Function | None = None, events: Iterable[str] = ()) -> None:
        """Let a task be known though no worker runs, subscribe it to events, and say what it does.

        Without a function its jobs can be enqueued and not run. A task that a worker has registered
        keeps its schema, one that none has takes any params.
        """
        tasks = self._all.env["celery.task"]
        if not tasks.search_count([("name", "=", task)]):
            tasks._upsert([{"name": task}])
        if events:
            tasks._subscribe([{"name": task, "events": list(events)}])
        if function:
            self._functions[task] = function

    def assert_enqueued(
        self, task: str, params: Any = None, count: int | None = None, **columns: Any
    ) -> BaseModel:
        """That there are jobs of a task, and answer them.

        With ``params`` those with exactly these; with ``columns`` (``priority=5``, ``queue="slow"``)
        those whose fields are so. ``count`` is how many, without it at least one.
        """
        wanted = {"task": task, **columns}
        if params is not None:
            wanted["params"] = params
        found = self.jobs.filtered(
            lambda job: all(job[name] == value for name, value in wanted.items())
        )
        if len(found) != count if count is not None else not found:
            there = "\n".join(f"  {job.task} {job.params}" for job in self.jobs) or "  nothing"
            raise AssertionError(
                f"{len(found)} jobs enqueued, not {count or 'at least 1'}: {wanted}\nThere are:\n{there}"
            )
        return found

    def assert_called(
        self, records: BaseModel, method: str, *args: Any, count: int | None = None, **kwargs: Any
    ) -> BaseModel:
        """That ``records.with_celery().method(*args, **kwargs)`` was, and answer the jobs.

        The context of ``records`` counts as far as jobs keep it.
        """
        return self.assert_enqueued(TASK, call_params(records, method, args, kwargs), count)

    def assert_nothing_enqueued(self) -> None:
        """That there is no job at all."""
        if jobs := self.jobs:
            raise AssertionError(f"enqueued: {', '.join(jobs.mapped('task'))}")

    def run(self, jobs: BaseModel | None = None) -> BaseModel:
        """Do jobs (without any named: all) in place, in order; answers those that ran.

        A ``records.call`` calls its method, with the rights of the job's user; other tasks do what
        ``fake`` says. What they enqueue meanwhile is trapped for the next run. Raises what a job
        raises, and ``AssertionError`` for a task that nothing is known of.
        """
        jobs = (self.jobs if jobs is None else jobs.sudo()).with_context(celery_inline=False)
        return jobs.filtered(lambda job: job._run_here(self._function(job.task)))

    def _function(self, task: str) -> Callable[[Environment, BaseModel, Any], Any]:
        if task == TASK and task not in self._functions:
            return call
        if task not in self._functions:
            raise AssertionError(f"what {task} does is not known here: trap.fake({task!r}, function)")
        function = self._functions[task]
        return lambda env, _job, params: function(env, params)


@contextmanager
def trap_jobs(env: Environment) -> Iterator[Trap]:
    """Watch what is enqueued; nothing runs inline meanwhile, whatever the database says."""
    with patch.object(type(env["celery.job"]), "_runs_inline", lambda _jobs: False):
        yield Trap(env)
