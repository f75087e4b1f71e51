"""What a person in Odoo feels while somebody runs the general ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from benchmarks.fabric import fabric
from benchmarks.in_flight import administrator
from benchmarks.person import Person
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from benchmarks.waiting import quiet, until
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Json

LINES = 100_000
PAGES = 200
PAGES_SHORT = 60
PATIENCE = 600.0
TASK = "reports.general_ledger"
PARAMS = {"date_from": "2025-01-01", "date_to": "2025-12-31", "format": "xlsx"}


class ReportPage:
    """The sales list, opened again and again while ledgers of 100,000 lines are made."""

    name = "report_page"
    asks = "milliseconds of a person's page while a general ledger of 100,000 lines is made"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Ours makes one ledger after another as long as pages are read, the limit is idle."""
        pages = PAGES_SHORT if short else PAGES
        stage.query("no_ledger")
        stage.query("ledger", lines=LINES)
        stage.query("analyze")
        with fabric(stage, queues=("default", "reports")):
            person = Person(stage.odoo)
            Ledgers(stage).make_one()  # the first costs what a worker's first job costs

            def limit() -> Figures:
                quiet(stage.odoo.pid)
                return person.opens(pages)

            yield Contest(
                {"limit": limit, "ours": lambda: _beside(stage, person, pages)},
                [
                    Goal("page while a ledger is made, beside idle", "p95", "ms", "limit", 1 / 1.5,
                         smaller_is_better=True),
                ],
                rounds=1 if short else 3,
            )  # fmt: skip
        stage.query("no_ledger")


class Ledgers(Thread):
    """Asks for one ledger after another, as a person does, until it is stopped."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self.stopped = Event()
        self.made: list[float] = []
        """Seconds of each."""
        self.error: Exception | None = None
        self._stage = stage
        self._admin = administrator(stage)

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self.make_one()
        except FabricError as error:
            self.error = error

    def make_one(self) -> None:
        """Raises ``FabricError`` unless it has all lines."""
        (job,) = self._admin.execute_kw("celery.job", "enqueue", [TASK, PARAMS])
        found: list[Json] = []

        def ended() -> bool:
            found[:] = self._stage.query("ended", job=job)
            return bool(found)

        self.made.append(until(ended, PATIENCE, "a ledger is made"))
        [job] = found
        if job["state"] != "done" or job["result"]["rows"] < LINES:
            raise FabricError(f"the ledger ended {job['state']}: {job['error'] or job['result']}")


def _beside(stage: Stage, person: Person, pages: int) -> Figures:
    """Pages while ledgers are made; the last one may end after the last page."""
    ledgers = Ledgers(stage)
    ledgers.start()
    try:
        figures = person.opens(pages)
    finally:
        ledgers.stopped.set()
        ledgers.join()
    if ledgers.error:
        raise ledgers.error
    return {**figures, "ledgers": len(ledgers.made), "seconds": max(ledgers.made)}
