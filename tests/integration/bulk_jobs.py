"""Jobs in flight on the real Odoo, as a worker would have them, without relay and broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from odoo_bridge.job import Envelope, Json, Outcome, State, Verdict
from odoo_bridge.rpc import Account, Addon, Client, connect
from odoo_bridge.rpc.acting import environment, subject_of
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.files import FileRules, Files
from odoo_bridge.writeback import OdooWriteBack
from tasks.job import Job
from workers.embedded.instance import DevOdoo

TASK = "bulk.test"


class Jobs:
    """Enqueues as the administrator, or as another user with an API key, and claims."""

    def __init__(self, odoo: DevOdoo) -> None:
        self.admin = self.client(odoo, odoo.admin_login, odoo.admin_api_key)
        self.addon = Addon(self.client(odoo, odoo.login, odoo.api_key))
        self.addon.register_tasks(
            [{"name": TASK, "queue": "bulk", "schema": {}, "max_attempts": 5, "description": ""}]
        )

    @staticmethod
    def client(odoo: DevOdoo, login: str, key: str) -> Client:
        return connect(Account(odoo.url, odoo.database, login, key))

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.admin.execute_kw(model, method, list(args), kwargs)

    def envelope(self) -> Envelope:
        """A job that was claimed."""
        (job,) = self.call("celery.job", "enqueue", TASK, {})
        (row,) = self.call("celery.job", "read", [job], ["uuid"])
        return self.claimed(row["uuid"])

    def claimed(self, uuid: str) -> Envelope:
        for _ in range(100):
            for wire in self.addon.claim(100):
                if wire["uuid"] == uuid:
                    return Envelope.from_wire(wire)
        raise AssertionError(f"job {uuid} was claimed by somebody else")

    def of_somebody(self, odoo: DevOdoo, company: int, *groups: str) -> tuple[Client, Envelope]:
        """Somebody new of this company, in groups named by external id, and a job of hers."""
        login = f"somebody-{uuid4().hex[:8]}"
        values = {
            "name": login,
            "login": login,
            "password": login,
            "company_id": company,
            "company_ids": [[6, 0, [company]]],
            "group_ids": [[6, 0, [self._group(each) for each in groups]]],
        }
        self.call("res.users", "create", values)
        client = self.client(odoo, login, login)
        (job,) = client.execute_kw("celery.job", "enqueue", [TASK, {}])
        (row,) = self.call("celery.job", "read", [job], ["uuid"])
        return client, self.claimed(row["uuid"])

    def _group(self, external_id: str) -> int:
        module, _, name = external_id.partition(".")
        domain = [["module", "=", module], ["name", "=", name]]
        (row,) = self.find("ir.model.data", domain, "res_id")
        return int(row["res_id"])

    def next_attempt(self, envelope: Envelope) -> Envelope:
        """As the rescue does when the worker is lost."""
        lost = [(envelope.uuid, envelope.attempt)]
        assert self.addon.rescue(lost, begun=True) == [envelope.uuid]
        return self.claimed(envelope.uuid)

    def job(self, envelope: Envelope | None = None, rules: FileRules | None = None) -> Job:
        envelope = envelope or self.envelope()
        bulk = Bulk(self.addon, subject_of(envelope), patience=10)
        return Job(envelope, environment(self.addon, envelope), files=Files(bulk, rules))

    def commit(self, job: Job, state: State = State.DONE, result: Any = None) -> Verdict:
        outcome = Outcome(job.envelope, state, result, tuple(job.operations))
        (verdict,) = OdooWriteBack(self.addon).commit([outcome])
        return verdict

    def find(self, model: str, domain: Sequence[Any], *fields: str) -> list[Json]:
        found: list[Json] = self.call(model, "search_read", list(domain), list(fields), order="id")
        return found
