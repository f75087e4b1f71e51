"""Jobs in flight without relay, broker and worker: for what one of their parts costs alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.stage import Stage
from odoo_bridge.job import Envelope
from odoo_bridge.rpc import Account, Addon, Client, acting, connect

TASK = "benchmark.noop"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job that was claimed, and the way to Odoo in its name."""

    envelope: Envelope
    addon: Addon

    @property
    def environment(self) -> Any:
        """Acts as the job's user."""
        return acting.environment(self.addon, self.envelope)


def administrator(stage: Stage) -> Client:
    """As a person's own script would call Odoo."""
    odoo = stage.odoo
    return connect(Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key))


def in_flight(stage: Stage, jobs: int) -> list[Attempt]:
    """So many jobs of the administrator, claimed; those before them are gone."""
    stage.query("truncate")
    odoo = stage.odoo
    addon = Addon(connect(Account(odoo.url, odoo.database, odoo.login, odoo.api_key)))
    addon.register_tasks(
        [{"name": TASK, "queue": "default", "schema": {}, "max_attempts": 1, "description": ""}]
    )
    stage.query("open_window", size=jobs)
    admin = administrator(stage)
    admin.execute_kw("celery.job", "enqueue_many", [TASK, [{}] * jobs])
    found: list[Attempt] = []
    while len(found) < jobs:
        claimed = addon.claim(jobs - len(found))
        found += [Attempt(Envelope.from_wire(wire), addon) for wire in claimed]
    return found
