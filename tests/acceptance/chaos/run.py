"""One run: jobs, what is killed in turn while they are done, and what that cost."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import kombu.pools
import psutil
import psycopg
import redis
from celery import Celery
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from odoo_bridge.errors import AppliedUnknown, OdooUnavailable
from odoo_bridge.job import Json
from odoo_bridge.leases import KEY
from tests.acceptance.chaos.conftest import POOLS, Stage
from tests.acceptance.conftest import wait_until

TASKS = (*["chaos.thread"] * 3, *["chaos.batch"] * 4, "chaos.child")
SECONDS = 0.15
"""That a job takes, on average."""
PATIENCE = 900.0
"""Seconds for all jobs to end after the last kill."""

Strike = tuple[str, Callable[[], None]]
"""A name, and how something is killed and, if nobody else does it, brought back."""


@dataclass
class Struck:
    """What was so when something was killed."""

    event: str
    at: float
    finished: int
    in_flight: list[int]
    running: int
    history: dict[str, int] = field(default_factory=dict)
    """Attempts that came to nothing until the next event, by why."""
    next_done: float | None = None
    all_done: float | None = None


class Run:
    """Has ``jobs`` done, and strikes meanwhile."""

    def __init__(self, stage: Stage, jobs: int) -> None:
        self.stage = stage
        self.jobs = jobs
        self.supervisor = stage.fabric.supervisor
        self.struck: list[Struck] = []
        self._queries = _queries()
        self._leases = redis.Redis.from_url(stage.fabric.settings.lease_url())
        self._chance = random.Random(7)  # noqa: S311 - the same mix each time
        self._before: dict[str, int] = {}

    def rows(self, name: str, /, **values: Any) -> list[Json]:
        """The rows of a query of ``tally.sql``, straight from Odoo's database."""
        dsn = self.stage.odoo.facts.database_dsn
        with psycopg.connect(dsn, row_factory=dict_row) as connection:
            return connection.execute(self._queries[name].encode(), values).fetchall()

    def go(self, strikes: Sequence[Strike], *, settled: int) -> None:
        """Before each strike, and after the last one, an equal share of the jobs is enqueued.

        Each time everything is back from the last strike: each hits a whole fabric at work. Before
        the first ``settled`` ones all jobs have ended, too, so that what the table says of each is
        its own; the others come on top of what is still being mended.
        """
        share = self.jobs // (len(strikes) + 1)
        for number, (name, strike) in enumerate(strikes):
            if number < settled:
                self._wait_finished(number * share)
            self._wait_whole()
            finished = self._finished()
            self._enqueue(range(number * share, (number + 1) * share))
            self._wait_finished(finished + share // 4)
            self._strike(name, strike)
        self._wait_whole()
        self._enqueue(range(len(strikes) * share, self.jobs))
        self._wait_finished(self.jobs)
        self._close_last()
        for each in self.struck:
            each.next_done = self.rows("next_done", at=each.at)[0]["seconds"]
            each.all_done = self.rows("last_done", at=each.at, ids=each.in_flight)[0]["seconds"]

    def _enqueue(self, numbers: range) -> None:
        works: dict[str, list[Json]] = {task: [] for task in TASKS}
        for number in numbers:
            works[TASKS[number % len(TASKS)]].append(self._work(number))
        for task, params in works.items():
            wait_until(partial(self._enqueued, task, params), 120)

    def _enqueued(self, task: str, params: list[Json]) -> bool:
        """Once, all or none: a call may have been applied although Odoo died before its answer."""
        self._watch()
        if self.rows("known", name=params[0]["name"]):
            return True
        try:
            self.stage.fabric.call("celery.job", "enqueue_many", task, params)
        except (OdooUnavailable, AppliedUnknown):
            return False
        return True

    def _work(self, number: int) -> Json:
        """One in five reads; one in nine fails as often as it may, one in fifty for good."""
        return {
            "name": f"chaos-{number}",
            "seconds": self._chance.uniform(0, 2 * SECONDS),
            "folder": str(self.stage.folder),
            "fails": number % 9 == 8,
            "reads": number % 5 == 0,
            "permanent": number % 50 == 25,
        }

    def _strike(self, name: str, strike: Callable[[], None]) -> None:
        self._close_last()
        now = time.time()
        self.struck.append(
            Struck(
                name,
                now,
                self.rows("progress")[0]["finished"],
                [row["id"] for row in self.rows("in_flight")],
                int(self._leases.zcount(KEY, now * 1000, "+inf")),
            )
        )
        print(f"{name}: {self.struck[-1].finished} finished", flush=True)
        self.struck[-1].at = time.time()
        strike()

    def _close_last(self) -> None:
        history = {row["error"]: row["attempts"] for row in self.rows("history")}
        if self.struck:
            since = {error: n - self._before.get(error, 0) for error, n in history.items()}
            self.struck[-1].history = {error: n for error, n in since.items() if n}
        self._before = history

    def _finished(self) -> int:
        """How many jobs have ended; keeps all programs alive meanwhile."""
        self._watch()
        return int(self.rows("progress")[0]["finished"])

    def _watch(self) -> None:
        """As the supervisor, and whoever runs Odoo, which ends itself without its database."""
        self.supervisor.watch()
        if self.stage.odoo.facts.process() is None:
            print("Odoo has ended", flush=True)
            self.stage.odoo.start()

    def _wait_finished(self, jobs: int) -> None:
        def reached() -> bool:
            return self._finished() >= jobs

        wait_until(reached, PATIENCE)

    def _wait_whole(self) -> None:
        """Until every program runs and every worker answers: each kill hits a whole fabric."""
        celery = Celery(broker=self.stage.broker.url, set_as_current=False)

        def whole() -> bool:
            self._watch()
            if any(each.state != "running" for each in self.supervisor.status()):
                return False
            return len(celery.control.ping(timeout=2, limit=len(POOLS))) == len(POOLS)

        wait_until(whole, 120)
        celery.close()
        kombu.pools.reset()


def strikes(stage: Stage) -> list[Strike]:
    """Everything that is killed, in turn."""

    def pid(name: str) -> int:
        found = next(each for each in stage.fabric.supervisor.status() if each.name == name)
        return found.pid

    def program(name: str) -> Callable[[], None]:
        return lambda: os.kill(pid(name), signal.SIGKILL)

    def child() -> None:
        psutil.Process(pid("worker-children")).children()[0].kill()

    def again(server: Any) -> Callable[[], None]:
        def kill_and_start() -> None:
            server.kill()
            server.start()

        return kill_and_start

    return [
        ("child of a worker", child),
        ("worker (threads)", program("worker-one")),
        ("worker (prefork)", program("worker-children")),
        ("relay", program("relay")),
        ("broker, data kept", stage.broker.restart),
        ("broker, data wiped", stage.broker.wipe),
        ("Odoo", again(stage.odoo)),
        ("PostgreSQL", again(stage.postgres)),
    ]


def show(run: Run, console: Console) -> None:
    """The table of docs/explanation/chaos.md."""
    table = Table(title=f"{run.jobs:,} jobs on {type(run.stage.broker).__name__}")
    for column in ("killed", "finished", "in flight", "running", "next done", "all of them done"):
        table.add_column(column)
    table.add_column("attempts that came to nothing", overflow="fold")
    for each in run.struck:
        table.add_row(
            each.event,
            f"{each.finished:,}",
            str(len(each.in_flight)),
            str(each.running),
            _seconds(each.next_done),
            _seconds(each.all_done),
            ", ".join(f"{n} {error[:70]}" for error, n in each.history.items()),
        )
    console.print(table)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _queries() -> dict[str, str]:
    def parts() -> Iterator[tuple[str, str]]:
        text = (Path(__file__).parent / "tally.sql").read_text("utf-8")
        for part in text.split("-- name: ")[1:]:
            name, _, query = part.partition("\n")
            yield name.strip(), query

    return dict(parts())
