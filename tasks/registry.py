"""``@task`` and the tasks that it registered.

A task author writes a function and nothing more::

    @task("pricing.recalculate", queue="pricing", retry=Retry(max_attempts=8))
    def recalculate(job: Job, params: PricingParams) -> Json: ...
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, ValidationError

from odoo_bridge.errors import ConfigurationError, InvalidParams, UnknownTask
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.retry import Retry


class Params(BaseModel):
    """Base of every task's params: an unknown name is an error, a value never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_EVENT = re.compile(r"([a-z0-9_]+|\*)(\.([a-z0-9_]+|\*))*")
"""As the addon's ``fabric/events.py`` has it."""

P = TypeVar("P", bound=Params)
Function = Callable[[Job, P], Any]
BatchFunction = Callable[[list[Job], list[P]], Sequence[Any]]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Task:
    """A registered function, with what the fabric must know to run it."""

    name: str
    queue: str
    function: Callable[..., Any]
    params: type[Params]
    retry: Retry
    time_limit: float
    """Seconds after which an attempt is stopped."""
    batch: int = 1
    """How many jobs its function takes at once; with 1 it takes one, not a list."""
    events: tuple[str, ...] = ()
    """Names of events, or patterns like ``order.*``, that each make a job of it."""
    notify: bool = False
    """Whether a job tells its user when it ends, unless ``enqueue(notify=…)`` says otherwise."""

    @property
    def description(self) -> str:
        """The first line of the function's docstring, as a title."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")

    def run_one(self, job: Job, params: Params) -> Any:
        """Run the function for one job. Raises what it raises, or what the job failed with."""
        if self.batch == 1:
            return self.function(job, params)
        (result,) = self.function([job], [params])
        if job.failure is not None:
            raise job.failure
        return result

    def check(self, params: Json) -> Params:
        """Raises ``InvalidParams`` that names every field at fault."""
        try:
            return self.params.model_validate(params)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'params'}: {fault['msg']}"
                for fault in error.errors(include_url=False)
            )
            raise InvalidParams(f"{self.name}: {faults}") from error


_registry: dict[str, Task] = {}
registered: Mapping[str, Task] = MappingProxyType(_registry)
"""Every task of this process by name, read only."""


@overload
def task(
    name: str,
    *,
    queue: str = ...,
    retry: Retry | None = ...,
    time_limit: float = ...,
    events: Sequence[str] = ...,
    notify: bool = ...,
) -> Callable[[Function[P]], Function[P]]: ...


@overload
def task(
    name: str,
    *,
    batch: int,
    queue: str = ...,
    retry: Retry | None = ...,
    time_limit: float = ...,
    events: Sequence[str] = ...,
    notify: bool = ...,
) -> Callable[[BatchFunction[P]], BatchFunction[P]]: ...


def task(  # noqa: PLR0913 each option stands for itself, as in Celery
    name: str,
    *,
    batch: int = 1,
    queue: str = "default",
    retry: Retry | None = None,
    time_limit: float = 600.0,
    events: Sequence[str] = (),
    notify: bool = False,
) -> Callable[[F], F]:
    """Register a function ``(job, params) -> result`` under a name.

    The annotation of its second parameter is the model of its params, a subclass of ``Params``.
    The result must be JSON. With ``batch=N`` it is ``(jobs, params) -> results`` with lists of up
    to N, as many as wait: one when there is little to do. ``events`` are names or patterns
    (``order.*``) of events in Odoo, each of which makes a job of it; its params are an ``Event``
    then. With ``notify`` a person waits for each job, who is told when it ends. Raises
    ``ConfigurationError`` when the name is taken, the function has another form or a
    pattern is none.
    """

    def register(function: F) -> F:
        if name in _registry:
            raise ConfigurationError(f"two tasks are named {name!r}")
        _registry[name] = Task(
            name,
            queue,
            function,
            _params_model(function, batch),
            retry or Retry(),
            time_limit,
            batch,
            _checked_events(name, events),
            notify,
        )
        return function

    return register


def find(name: str) -> Task:
    """Raises ``UnknownTask`` with the names that there are."""
    try:
        return _registry[name]
    except KeyError:
        known = ", ".join(sorted(_registry)) or "none"
        raise UnknownTask(f"no task is named {name!r}; known: {known}") from None


def _checked_events(name: str, events: Sequence[str]) -> tuple[str, ...]:
    if isinstance(events, str) or not all(map(_EVENT.fullmatch, events)):
        raise ConfigurationError(f"{name}: events are a tuple of names like 'order.confirmed'")
    return tuple(events)


def _params_model(function: Callable[..., Any], batch: int) -> type[Params]:
    parameters = list(inspect.signature(function).parameters)
    hints = get_type_hints(function)
    model = hints.get(parameters[1]) if len(parameters) == 2 else None
    if batch > 1 and get_origin(model) is list:
        (model,) = get_args(model)
    if not (isinstance(model, type) and issubclass(model, Params)):
        form = (
            "(job: Job, params: <subclass of Params>)"
            if batch == 1
            else "(jobs: list[Job], params: list[<subclass of Params>])"
        )
        raise ConfigurationError(f"{function.__qualname__} must be a function {form}")
    return model
