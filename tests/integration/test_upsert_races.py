"""Upserts of the same records at once, in any order, doubled: one record, in its newest version."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import uuid4

import pytest
import tenacity

from odoo_bridge.errors import OdooConflict
from odoo_bridge.job import Json
from odoo_bridge.rpc import Account, Addon, Client, connect
from workers.embedded.instance import DevOdoo

THREADS = 6
RECORDS = 4
VERSIONS = 6


@pytest.fixture(scope="module")
def admin(odoo: DevOdoo) -> Client:
    return connect(Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key))


@pytest.fixture(scope="module")
def source(admin: Client) -> str:
    name = f"races-{uuid4().hex[:6]}"
    values = {"name": name, "user_id": admin.env.uid}
    admin.execute_kw("celery.source", "create", [[values]], {})
    return name


class Races:
    """Write-backs of a source by many threads, each with a connection of its own."""

    def __init__(self, odoo: DevOdoo, source: str) -> None:
        self.odoo = odoo
        self.source = source
        self.module = "webhook_" + source.replace("-", "_")

    def outcome(self, key: str, *operations: Json) -> Json:
        subject = {"source": self.source, "key": key}
        return {"subject": subject, "state": "done", "operations": list(operations)}

    def run(self, calls: Sequence[list[Json]]) -> list[Json]:
        """Each call by whoever is free; a conflict is tried again, as a worker does."""
        shares = [calls[n::THREADS] for n in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as threads:
            return [each for found in threads.map(self._share, shares) for each in found]

    def _share(self, calls: Sequence[list[Json]]) -> list[Json]:
        odoo = self.odoo
        addon = Addon(connect(Account(odoo.url, odoo.database, odoo.login, odoo.api_key)))
        retrying = tenacity.Retrying(retry=tenacity.retry_if_exception_type(OdooConflict))
        return [verdict for call in calls for verdict in retrying(addon.write_back, call)]


@pytest.fixture
def races(odoo: DevOdoo, source: str) -> Races:
    return Races(odoo, source)


def test_the_newest_version_stays_whatever_the_order(races: Races, admin: Client) -> None:
    chance = Random(3)  # noqa: S311 - the same mix each time
    outcomes = [
        races.outcome(
            f"{record}.{version}",
            {
                "kind": "upsert",
                "model": "res.partner",
                "key": f"{races.module}.record_{record}",
                "version": version,
                "values": {"name": f"record {record}", "ref": f"{races.source} {version}"},
            },
        )
        for record in range(RECORDS)
        for version in range(1, VERSIONS + 1)
    ] * 2
    chance.shuffle(outcomes)
    verdicts = races.run([outcomes[n : n + 3] for n in range(0, len(outcomes), 3)])
    assert {verdict["state"] for verdict in verdicts} == {"done"}
    assert sum(verdict["accepted"] for verdict in verdicts) == RECORDS * VERSIONS
    found = admin.execute_kw(
        "res.partner", "search_read", [[("ref", "like", f"{races.source} %")], ["name", "ref"]], {}
    )
    assert sorted((row["name"], row["ref"]) for row in found) == [
        (f"record {record}", f"{races.source} {VERSIONS}") for record in range(RECORDS)
    ]


def test_a_new_customer_of_many_orders_at_once_is_one(races: Races, admin: Client) -> None:
    email = f"{races.source}@example.com"

    def order(number: int) -> Json:
        return races.outcome(
            f"order {number}",
            {
                "kind": "upsert",
                "model": "res.partner",
                "match": [{"email_normalized": email}],
                "values": {"name": "Customer", "email": email},
                "update": False,
            },
            {
                "kind": "upsert",
                "model": "res.partner",
                "key": f"{races.module}.child_{number}",
                "values": {"name": f"child {number}", "parent_id": {"$ref": 0}},
            },
        )

    verdicts = races.run([[order(2 * n), order(2 * n + 1)] for n in range(THREADS)])
    assert {(verdict["state"], verdict["error"]) for verdict in verdicts} == {("done", "")}
    found = admin.execute_kw(
        "res.partner", "search_read", [[("email", "=", email)], ["child_ids"]], {}
    )
    assert [len(row["child_ids"]) for row in found] == [2 * THREADS]
