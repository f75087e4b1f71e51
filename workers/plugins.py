"""Which tasks there are: the built-in ones, and those of other distributions; and which sources.

A distribution offers tasks by an entry point of the group ``odoo_celery_fabric.tasks`` that names
a module; importing it registers them. The setting FABRIC_TASK_MODULES names further modules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points

import tasks
from odoo_bridge.errors import ConfigurationError
from tasks.webhooks.declared import declare
from workers.settings import settings

GROUP = "odoo_celery_fabric.tasks"


def load_tasks() -> None:
    """Import every module with tasks, and read what becomes of each source's deliveries.

    Raises ``ConfigurationError`` naming what fails.
    """
    try:
        import_module("tasks.builtin")
    except ModuleNotFoundError as error:
        if error.name not in {"tasks", "tasks.builtin"}:
            raise
        raise ConfigurationError(
            f"the package `tasks` is shadowed by {getattr(tasks, '__file__', 'another module')}: "
            "start from another directory, or rename that file"
        ) from error
    for point in entry_points(group=GROUP):
        _import(point.load, f"{point.value!r} ({point.dist and point.dist.name})")
    for module in settings().task_modules:
        _import(partial(import_module, module), f"{module!r} (FABRIC_TASK_MODULES)")
    declare(settings().source_files())


def _import(load: Callable[[], object], what: str) -> None:
    try:
        load()
    except Exception as error:  # the border: a plug-in may raise anything
        raise ConfigurationError(f"the tasks of {what} cannot be imported: {error}") from error
