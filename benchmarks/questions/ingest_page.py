"""What a person in Odoo feels while a burst of orders comes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from benchmarks.orders import CLIENTS, Orders, new_orders, orders
from benchmarks.person import Person
from benchmarks.question import Contest, Figures, Goal
from benchmarks.questions.page import SETTLES
from benchmarks.stage import Stage
from benchmarks.waiting import quiet, until
from odoo_bridge.errors import FabricError

ORDERS = 10_000
SHORT = 2_000
PAGES = 200
PAGES_SHORT = 60


class IngestPage:
    """The sales list, opened again and again."""

    name = "ingest_page"
    asks = "milliseconds of a person's page while 10,000 orders come in: drained, and straight"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Ours is drained within the budget, the peer posts to a controller, the limit is idle."""
        number, pages = (SHORT, PAGES_SHORT) if short else (ORDERS, PAGES)
        with orders(stage) as ways:
            person = Person(stage.odoo)

            def limit() -> Figures:
                quiet(stage.odoo.pid)
                return person.opens(pages)

            yield Contest(
                {
                    "limit": limit,
                    "ours": lambda: _drained(ways, person, number, pages),
                    "peer": lambda: _straight(ways, person, number, pages),
                },
                [
                    Goal("page while orders drain, beside idle", "p95", "ms", "limit", 1 / 1.5,
                         smaller_is_better=True),
                    Goal("page while orders drain, beside straight", "p95", "ms", "peer", 2,
                         smaller_is_better=True),
                ],
                rounds=1 if short else 3,
            )  # fmt: skip


def _drained(ways: Orders, person: Person, number: int, pages: int) -> Figures:
    """Pages while the burst is drained, and the rate until its end."""
    numbers = new_orders(number)
    ways.store(numbers)
    Event().wait(min(SETTLES, number / 400))  # the budget learns; a part of the burst
    left = ways.open()
    figures = person.opens(pages)
    if not ways.open():
        raise FabricError("the burst was over before the last page: take more orders")
    seconds = until(lambda: not ways.open(), 1800, "the burst is drained")
    ways.check(numbers)
    return {**figures, "left": left, "rest seconds": seconds}


def _straight(ways: Orders, person: Person, number: int, pages: int) -> Figures:
    """The same burst, posted by many clients at once to a controller, as long as pages are read."""
    stop = Event()
    burst = Thread(target=ways.post, args=[new_orders(number), CLIENTS, stop], daemon=True)
    burst.start()
    try:
        Event().wait(min(SETTLES, number / 400))
        return person.opens(pages)
    finally:
        stop.set()
        burst.join()
