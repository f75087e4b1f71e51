"""``-u celery_bridge`` while relay and workers go on: no job is lost, and none is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from odoo_bridge.job import Json, State
from tests.acceptance.conftest import Fabric, wait_until
from workers.embedded import odoo as dev_odoo

JOBS = 10_000
EFFECTS = 300
"""Of those that run meanwhile, how many make a record."""
FLOWING = 2_000
KEPT = dict.fromkeys(("done", "dead", "cancelled", "waiting", "parked", "scheduled"), 100)
PAUSED = "upgrade"
NOTHING = {"model": "res.lang", "method": "search_count", "args": [[["id", "=", 0]]]}
FILL = "SELECT * FROM celery_job_enqueue(%(jobs)s, %(common)s)"
# By legal moves: the table refuses any other.
MOVE = "UPDATE celery_job SET state = %s, attempt = 1 WHERE id = ANY (%s)"
STANDS = "SELECT uuid, state, attempt, params::text FROM celery_job WHERE queue = %s ORDER BY id"
STATES = "SELECT state, count(*) FROM celery_job WHERE queue = 'default' GROUP BY state"


class Jobs:
    """The jobs of this test, through Odoo's database."""

    def __init__(self, running: Fabric, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.user = running.admin.env.uid

    def add(self, jobs: list[Json], **common: Any) -> list[int]:
        """Jobs as Odoo enqueues them, by its own statement."""
        common = {"task": "records.call", "priority": 20, "max_attempts": 3, "user_id": self.user,
                  "context": {}, **common}  # fmt: skip
        rows = self.connection.execute(FILL, {"jobs": Jsonb(jobs), "common": Jsonb(common)})
        return [row[0] for row in rows]

    def add_kept(self, count: int) -> None:
        """Jobs of every state that no worker has: their queue is paused."""
        uuids = [str(uuid4()) for _ in range(KEPT["scheduled"])]
        later = [{"params": NOTHING, "uuid": uuid, "eta": "2100-01-01 00:00:00"} for uuid in uuids]
        self.add(later, queue=PAUSED)
        after = [
            {"params": NOTHING, "uuid": str(uuid4()), "depends_on": [uuid]}
            for uuid in uuids[: KEPT["waiting"]]
        ]
        self.add(after, queue=PAUSED)
        keyed = {"params": NOTHING, "concurrency_key": "upgrade"}
        self.add([keyed] * KEPT["parked"], queue=PAUSED)
        for state, *before in (("done", "enqueued"), ("dead", "enqueued"), ("cancelled",)):
            with self.connection.transaction():  # the relay sees none of them in flight
                ids = self.add([{"params": NOTHING}] * KEPT[state], queue=PAUSED)
                for each in (*before, state):
                    self.connection.execute(MOVE, [each, ids])
        self.add([{"params": NOTHING}] * (count - sum(KEPT.values())), queue=PAUSED)

    def kept(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(STANDS, [PAUSED]).fetchall()

    def flowing(self) -> Counter[str]:
        return Counter(dict(self.connection.execute(STATES).fetchall()))


@pytest.fixture
def jobs(running: Fabric) -> Iterator[Jobs]:
    running.call("celery.queue", "create", [{"name": PAUSED, "paused": True}])
    with psycopg.connect(running.odoo.database_dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE celery_job CASCADE")  # those of other tests have ended
        yield Jobs(running, connection)
        connection.execute("TRUNCATE celery_job CASCADE")
        connection.execute("DELETE FROM celery_queue WHERE name = %s", [PAUSED])


def test_an_upgrade_under_load_loses_and_doubles_nothing(running: Fabric, jobs: Jobs) -> None:
    mark = f"Upgrade {uuid4().hex[:8]}"
    create = {"model": "res.partner.category", "method": "create"}
    effects = [
        {"params": {**create, "args": [[{"name": f"{mark} {number}"}]]}}
        for number in range(EFFECTS)
    ]
    jobs.add_kept(JOBS - FLOWING)
    kept = jobs.kept()
    every = FLOWING // EFFECTS
    flowing: list[Json] = [{"params": NOTHING}] * (FLOWING - EFFECTS)
    for place, effect in enumerate(effects):
        flowing.insert(place * every, effect)
    jobs.add(flowing, queue="default")
    assert Counter(state for _uuid, state, *_rest in kept) == {
        **KEPT,
        "pending": JOBS - FLOWING - sum(KEPT.values()),
    }
    wait_until(lambda: jobs.flowing()["done"] > 0, 30)  # the workers are at work

    before = jobs.flowing()
    dev_odoo.process_of(dev_odoo.OdooOptions(running.odoo.database)).run("-u", "celery_bridge")
    after = jobs.flowing()
    print(f"when the update began {dict(before)}, when it had ended {dict(after)}")

    assert before["done"] < FLOWING, "nothing ran meanwhile: give it more to do"
    wait_until(lambda: jobs.flowing()["done"] == FLOWING, 180)
    assert jobs.flowing() == {State.DONE: FLOWING}
    assert jobs.kept() == kept
    found = running.call("res.partner.category", "search_read", [["name", "like", mark]], ["name"])
    assert Counter(each["name"] for each in found) == Counter(
        f"{mark} {number}" for number in range(EFFECTS)
    )
    running.call("res.partner.category", "unlink", [each["id"] for each in found])
    assert running.wait_for_job(running.enqueue("records.call", NOTHING))["state"] == "done"
