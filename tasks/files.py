"""``files.remove``: what Odoo no longer needs of a storage of large files."""

from __future__ import annotations

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import Params, task
from tasks.retry import Retry


class RemoveParams(Params):
    """Which files."""

    keys: tuple[str, ...] = Field(min_length=1)
    """Their keys in the storage."""


@task("files.remove", retry=Retry(max_attempts=8))
def remove(job: Job, params: RemoveParams) -> Json:
    """Remove stored files that no attachment names any longer; Odoo itself asks for it."""
    job.files.remove(params.keys)
    return {"files": len(params.keys)}
