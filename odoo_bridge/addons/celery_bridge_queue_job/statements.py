"""The addon's SQL, which stands in ``sql/*.sql``; and the task that it enqueues."""

from functools import partial
from pathlib import Path

from odoo.addons.celery_bridge.fabric import statements

TASK = "queue_job.perform"
"""The task of the fabric that has a job performed; the SQL names it, too."""

statement = partial(statements.statement, folder=Path(__file__).parent / "sql")
script = partial(statements.script, folder=Path(__file__).parent / "sql")
