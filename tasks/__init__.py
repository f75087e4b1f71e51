"""The work. Import from here what a task needs: ``task``, ``Job``, ``Params``, ``Retry``."""

from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry

__all__ = ["Job", "Params", "Retry", "task"]
