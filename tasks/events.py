"""What a task that subscribes to events of Odoo is given.

@task("shipping.announce", events=("order.confirmed",))
def announce(job: Job, event: Event) -> None: ...
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from tasks.registry import Params


class Event(Params):
    """Something that happened in Odoo, as ``celery.event.publish`` stored it."""

    event: str
    """``order.confirmed``"""
    id: str
    """The same for all subscribers, and for all attempts of each: a key for effects elsewhere."""
    at: datetime
    """When it was published."""
    payload: dict[str, Any] = Field(default_factory=dict)
    model: str | None = None
    """Of the records that it is about, if it is about any."""
    ids: list[int] = Field(default_factory=list)
