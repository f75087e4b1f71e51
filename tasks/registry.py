"""``@task`` and the tasks that it registered.

A task author writes a function and nothing more::

    @task("pricing.recalculate", queue="pricing", retry=Retry(max_attempts=8))
    def recalculate(job: Job, params: PricingParams) -> Json: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from odoo_bridge.errors import ConfigurationError, InvalidParams, UnknownTask
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.retry import Retry


class Params(BaseModel):
    """Base of every task's params: an unknown name is an error, a value never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Params)
Function = Callable[[Job, P], Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A registered function, with what the fabric must know to run it."""

    name: str
    queue: str
    function: Callable[[Job, Any], Any]
    params: type[Params]
    retry: Retry
    time_limit: float
    """Seconds after which an attempt is stopped."""

    @property
    def description(self) -> str:
        """The first line of the function's docstring, as a title."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")

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


def task(
    name: str, *, queue: str = "default", retry: Retry | None = None, time_limit: float = 600.0
) -> Callable[[Function[P]], Function[P]]:
    """Register a function ``(job, params) -> result`` under a name.

    The annotation of its second parameter is the model of its params, a subclass of ``Params``.
    The result must be JSON. Raises ``ConfigurationError`` when the name is taken or the
    function has another form.
    """

    def register(function: Function[P]) -> Function[P]:
        if name in _registry:
            raise ConfigurationError(f"two tasks are named {name!r}")
        _registry[name] = Task(
            name, queue, function, _params_model(function), retry or Retry(), time_limit
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


def _params_model(function: Callable[..., Any]) -> type[Params]:
    parameters = list(inspect.signature(function).parameters)
    hints = get_type_hints(function)
    model = hints.get(parameters[1]) if len(parameters) == 2 else None
    if not (isinstance(model, type) and issubclass(model, Params)):
        raise ConfigurationError(
            f"{function.__qualname__} must be a function (job: Job, params: <subclass of Params>)"
        )
    return model
