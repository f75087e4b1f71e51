"""Which tasks there are: the built-in ones, and those of other distributions.

A distribution offers tasks by an entry point of the group ``odoo_celery_fabric.tasks`` that names
a module; importing it registers them.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

import tasks
from odoo_bridge.errors import ConfigurationError

GROUP = "odoo_celery_fabric.tasks"


def load_tasks() -> None:
    """Import every module with tasks. Raises ``ConfigurationError`` naming one that fails."""
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
        try:
            point.load()
        except Exception as error:  # the border: a plug-in may raise anything
            raise ConfigurationError(
                f"the tasks of {point.value!r} ({point.dist and point.dist.name}) cannot be "
                f"imported: {error}"
            ) from error
