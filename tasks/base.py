"""What a task author writes against: ``@task`` and ``Job``.

A task is a plain function of a job and its params. What it returns becomes the job's result;
what it collects with ``job.write`` and its like commits together with that result.
"""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from odoo_bridge.errors import InvalidParams, UnknownTask
from odoo_bridge.job import Envelope, Json, Operation
from odoo_bridge.ports import Caller
from tasks.retry import Retry


class Params(BaseModel):
    """Base of every task's params: unknown names are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Params)


class Job:
    """One attempt of one job, as its task sees it."""

    def __init__(self, envelope: Envelope, odoo: Any, report: Report = _no_report) -> None:
        self.envelope = envelope
