"""Write-backs through a network that fails in every way: none is lost, none is doubled.

``FABRIC_TEST_WRITE_BACKS=5000`` makes the long form of it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from uuid import uuid4

import pytest

from odoo_bridge.coalescing import CoalescingWriteBack
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Envelope, Json, Operation, Outcome, State
from odoo_bridge.outbox import odoo_outbox
from odoo_bridge.ports import WriteBack
from odoo_bridge.rpc import Account, Addon, Client, Http, HttpOptions, Timeout, XmlRpc, connect
from odoo_bridge.rpc.budget import Budget, MemoryBudget, Share, budgeted
from odoo_bridge.writeback import OdooWriteBack
from tasks.base import Runtime, commit
from tests.proxy import Fault, faulty_proxy
from workers.embedded.instance import DevOdoo

COUNT = int(os.environ.get("FABRIC_TEST_WRITE_BACKS", "150"))
SEED = 2
"""With it each fault is among the first 21 requests."""
THREADS = 8
TOGETHER = 3
"""Outcomes that one call carries, at most: few, so that there are many calls."""
MIX = dict.fromkeys(Fault, 6.0) | {Fault.NONE: 40.0}


@pytest.mark.timeout(300 + COUNT)
def test_none_is_lost_and_none_is_doubled(odoo: DevOdoo) -> None:
    service = client(odoo, odoo.login, odoo.api_key)
    admin = client(odoo, odoo.admin_login, odoo.admin_api_key)
    name, jobs = enqueue(Addon(service), admin)
    with faulty_proxy(odoo.url, MIX, SEED) as proxy:
        # The session is older than the faults.
        faulty = copy(service)
        faulty.transport = XmlRpc(Http(proxy.url, HttpOptions(Timeout(5, 30))))
        keeper = OdooWriteBack(Addon(budgeted(faulty, budget(odoo), "faults", Share.INTERACTIVE)))
        verdicts = write_back(odoo, CoalescingWriteBack(keeper, largest=TOGETHER), name)
        print(table(proxy.seen, verdicts))
    states = Counter(
        job["state"] for job in admin.execute_kw("celery.job", "read", [jobs, ["state"]], {})
    )
    created = admin.execute_kw(
        "res.partner.category", "search_read", [[("name", "like", f"{name} %")], ["name"]], {}
    )
    assert states == {"done": COUNT}
    assert Counter(each["name"] for each in created) == Counter(
        f"{name} {number}" for number in range(COUNT)
    )
    assert set(proxy.seen) == set(MIX), "the run was too short for every fault"
    assert verdicts["refused"], "no doubled request reached the fence"


def client(odoo: DevOdoo, login: str, key: str) -> Client:
    return connect(Account(odoo.url, odoo.database, login, key))


def budget(odoo: DevOdoo) -> Budget:
    look = XmlRpc(Http(odoo.url, HttpOptions(Timeout(5, 30))))
    return Budget(
        MemoryBudget(THREADS),
        measure=lambda: None,  # faults are tried here, not the pace
        knock=lambda: look.call("common", "version", []),
    )


def enqueue(addon: Addon, admin: Client) -> tuple[str, list[int]]:
    """Jobs, each of which is to create one record."""
    name = f"Fault {uuid4().hex[:8]}"
    addon.register_tasks(
        [{"name": "test.fault", "queue": "faults", "schema": {}, "max_attempts": 5,
          "description": ""}]
    )  # fmt: skip
    params = [{"name": f"{name} {number}"} for number in range(COUNT)]
    jobs = admin.execute_kw("celery.job", "enqueue_many", ["test.fault", params], {})
    return name, list(jobs)


def write_back(odoo: DevOdoo, keeper: WriteBack, name: str) -> Counter[str]:
    """Claim the jobs and end them all; how many outcomes were accepted and refused."""
    verdicts: Counter[str] = Counter()
    runtime = Runtime(
        environment=lambda _envelope: {},
        write_back=lambda _origin: keeper,
        delivery=lambda _uuid: unexpected(),
        reporting=lambda _envelope: unexpected(),
        leasing=lambda _envelope: unexpected(),
        worker="test",
        patience=120,
    )

    def end(envelope: Envelope) -> bool:
        create = Operation("create", {"model": "res.partner.category", "values": [envelope.params]})
        (verdict,) = commit([Outcome(envelope, State.DONE, operations=(create,))], runtime)
        return verdict.accepted

    with claims(odoo) as batches, ThreadPoolExecutor(THREADS) as pool:
        for batch in batches:
            ours = [each for each in batch if each.task == "test.fault"]
            assert all(each.params["name"].startswith(name) for each in ours)
            verdicts.update("accepted" if each else "refused" for each in pool.map(end, ours))
    return verdicts


@contextmanager
def claims(odoo: DevOdoo) -> Iterator[Iterator[list[Envelope]]]:
    """All claimable jobs, as the relay takes them."""
    outbox = odoo_outbox(odoo.outbox_dsn)

    def batches() -> Iterator[list[Envelope]]:
        while True:
            with outbox.claim(100) as envelopes:
                taken = list(envelopes)
            if not taken:
                return
            yield taken

    yield batches()
    outbox.close()


def unexpected() -> Json:
    raise FabricError("no task runs here")


def table(seen: Counter[Fault], verdicts: Counter[str]) -> str:
    rows = [*((fault.value, count) for fault, count in sorted(seen.items())), *verdicts.items()]
    return "\n".join(["", *(f"{name:28} {count:6}" for name, count in rows)])
