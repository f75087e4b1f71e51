"""The work. What a task needs is imported from here: ``task``, ``Job``, ``Params``, ``Retry``, …"""

from tasks.events import Event
from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry

__all__ = ["Event", "Job", "Params", "Retry", "task"]
