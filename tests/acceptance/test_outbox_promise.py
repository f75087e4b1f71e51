"""Promise 1: a job exists if and only if its business transaction committed."""

from __future__ import annotations

import pytest

from odoo_bridge.errors import OdooRejected
from tests.acceptance.conftest import Fabric

ENQUEUE = """
env['celery.job'].enqueue('records.call', {
    'model': 'res.partner', 'method': 'create', 'args': [[{'name': '%(name)s'}]],
})
"""


def run_in_odoo(running: Fabric, code: str) -> None:
    """Run code inside Odoo, in one transaction of its own, as a server action."""
    model = running.call("ir.model", "search", [["model", "=", "res.partner"]])[0]
    values = {"name": "test", "model_id": model, "state": "code", "code": code}
    (action,) = running.call("ir.actions.server", "create", [values])
    running.call("ir.actions.server", "run", [action])


def jobs_about(running: Fabric, name: str) -> list[int]:
    jobs = running.call("celery.job", "search_read", [["task", "=", "records.call"]], ["params"])
    return [job["id"] for job in jobs if name in str(job["params"])]


def test_a_committed_transaction_has_its_job(running: Fabric) -> None:
    run_in_odoo(running, ENQUEUE % {"name": "Committed"})
    (job,) = jobs_about(running, "Committed")
    assert running.wait_for_job(job)["state"] == "done"
    assert running.call("res.partner", "search_count", [["name", "=", "Committed"]]) == 1


def test_a_rolled_back_transaction_has_no_job(running: Fabric) -> None:
    code = ENQUEUE % {"name": "Rolled back"} + "\nraise UserError('changed my mind')"
    with pytest.raises(OdooRejected, match="changed my mind"):
        run_in_odoo(running, code)
    assert jobs_about(running, "Rolled back") == []
    assert running.call("res.partner", "search_count", [["name", "=", "Rolled back"]]) == 0
