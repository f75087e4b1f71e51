"""One export in a process of its own, as a worker makes it: how long it takes, and its memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from typing import Any

from benchmarks.in_flight import in_flight
from benchmarks.question import Figures
from benchmarks.stage import Stage
from odoo_bridge.job import Envelope, Json
from odoo_bridge.rpc import Account, Addon, Purpose, acting, connect
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.files import Files
from tasks import builtin
from tasks.job import Job
from tasks.registry import find

TASK = "reports.export"


def export(stage: Stage, **params: Any) -> Figures:
    """``seconds`` from the task's start until its file is in Odoo; ``memory`` at the most (MB)."""
    envelope = in_flight(stage, 1)[0].envelope.to_wire()
    odoo = stage.odoo
    account = (odoo.url, odoo.database, odoo.login, odoo.api_key)
    with multiprocessing.get_context("spawn").Pool(1) as worker:
        return worker.apply(_export, (account, envelope, params))


def _export(account: tuple[str, str, str, str], wire: Json, params: Json) -> Figures:
    assert builtin  # noqa: S101 - its import registers the tasks
    envelope = Envelope.from_wire(wire)
    addon = Addon(connect(Account(*account)))
    pages = Addon(connect(Account(*account), purpose=Purpose.READ))
    files = Files(Bulk(pages, acting.subject_of(envelope)))
    job = Job(envelope, acting.environment(addon, envelope, pages=lambda: pages), files=files)
    task = find(TASK)
    start = time.monotonic()
    result = task.run_one(job, task.check(params))
    seconds = time.monotonic() - start
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "memory": largest, "rows": result["rows"], "bytes": result["bytes"]}
