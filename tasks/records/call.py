"""``records.call``: a method of some records, run later inside Odoo."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import Params, task


class CallParams(Params):
    """Which method of which records."""

    model: str = Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*$")
    """``sale.order``"""
    method: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    """A public one: Odoo refuses a name that begins with an underscore."""
    ids: list[int] = Field(default_factory=list)
    """The records; none for a method of the model itself."""
    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)


@task("records.call")
def call(job: Job, params: CallParams) -> Json:
    """Call a public method of some records, as the user who enqueued it.

    The call happens in the transaction that also marks the job done. What the method returns
    stays in Odoo.
    """
    job.call(params.model, params.ids, params.method, *params.args, **params.kwargs)
    return {"model": params.model, "method": params.method, "records": len(params.ids)}
