"""Generated books in a real Odoo, and reports of them as different people."""

from __future__ import annotations

import csv
import json
import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from odoo_bridge.job import Envelope, Json
from odoo_bridge.rpc import Client
from odoo_bridge.rpc.acting import environment
from tasks import builtin
from tasks.job import Job
from tasks.registry import find
from tests.integration.bulk_jobs import TASK, Jobs
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo

SCRIPT = Path(__file__).parent / "in_odoo" / "books.py"
LINES = int(os.environ.get("FABRIC_TEST_LINES", "2000"))


class People:
    """Who asks for reports: ``anna`` of the main company, ``bruno`` of the other one and its
    branch, ``carla`` of all, ``dora`` who has nothing to do with the books."""

    def __init__(self, odoo: DevOdoo, answer: Path) -> None:
        given = f"LINES, ANSWER = {LINES}, {str(answer)!r}\n"
        process = dev_odoo.process_of(dev_odoo.OdooOptions(database=odoo.database))
        process.shell(given + SCRIPT.read_text("utf-8"))
        self.made: Json = json.loads(answer.read_text())
        self.jobs = Jobs(odoo)
        self.clients: dict[str, Client] = {
            login: Jobs.client(odoo, login, key) for login, key in self.made["keys"].items()
        }
        self.main, self.other, self.branch = (
            self.made["companies"][name] for name in ("main", "other", "branch")
        )

    def companies(self, login: str) -> list[int]:
        """Those that the person's switch of companies has on."""
        of_bruno = [self.other, self.branch]
        return {"bruno": of_bruno, "carla": [self.main, *of_bruno]}.get(login, [self.main])

    def call(
        self,
        login: str,
        model: str,
        method: str,
        *args: Any,
        companies: Sequence[int] = (),
        **kw: Any,
    ) -> Any:
        """As the person's web client does."""
        context = {"allowed_company_ids": list(companies or self.companies(login))}
        context |= kw.pop("context", {})
        client = self.clients[login]
        return client.execute_kw(model, method, list(args), {**kw, "context": context})

    def job(self, login: str, companies: Sequence[int] = (), **context: Any) -> Job:
        """One that the person enqueued."""
        (made,) = self.call(
            login, "celery.job", "enqueue", TASK, {}, companies=companies, context=context
        )
        (row,) = self.call(login, "celery.job", "read", [made], ["uuid"])
        envelope: Envelope = self.jobs.claimed(row["uuid"])
        # Without a way to upload, the file stays whole in the job's operation.
        return Job(envelope, environment(self.jobs.addon, envelope))

    def report(
        self, login: str, name: str, companies: Sequence[int] = (), **params: Any
    ) -> tuple[Json, bytes]:
        """The result of a report's task, and its file."""
        job = self.job(login, companies)
        assert builtin.general_ledger  # which registers them all
        task = find(f"reports.{name}")
        result: Json = task.function(job, task.check(params))
        (attached,) = job.operations
        return result, b64decode(attached.args["datas"])

    def rows(
        self, login: str, name: str, companies: Sequence[int] = (), **params: Any
    ) -> list[Json]:
        """Its lines, as CSV has them."""
        _result, content = self.report(login, name, companies, format="csv", **params)
        return list(_parsed(content))


def _parsed(content: bytes) -> Iterator[Json]:
    for row in csv.DictReader(StringIO(content.decode("utf-8-sig"))):
        yield {name: text.removeprefix("'") for name, text in row.items()}


def cents(text: str) -> int:
    """Of an amount in CSV; nothing is none."""
    return round(float(text or 0) * 100)
