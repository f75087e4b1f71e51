"""What a person in Odoo feels of the fabric at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.hammering import hammering
from benchmarks.person import Person
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from workers.embedded import odoo, places, valkey
from workers.embedded.odoo import OdooOptions
from workers.local import embedded_program
from workers.settings import Settings
from workers.supervisor import Supervisor

PAGES = 200
SHORT = 60
SETTLES = 15.0
"""Seconds that the load runs before the first page counts: the budget has learned then."""
THREADED = "benchmarks_page"


class Page:
    """The sales list, opened again and again while workers call Odoo."""

    name = "page"
    asks = "milliseconds of a person's page while 32 threads hammer Odoo, with and without budget"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Ours has the budget, the peer has none, the limit is an idle Odoo."""
        pages = SHORT if short else PAGES
        with ExitStack() as stack:
            redis = valkey.broker()
            supervisor = stack.enter_context(Supervisor(places.state_dir() / "benchmarks"))
            supervisor.start(embedded_program(redis))
            threaded = odoo.start(OdooOptions(THREADED, port=0, workers=0))
            stack.callback(odoo.stop, THREADED)
            people = {"workers": Person(stage.odoo), "threads": Person(threaded)}

            def each(figures: Callable[[Person], Figures]) -> Callable[[], Figures]:
                return lambda: {
                    f"{name} {odoo}": value
                    for odoo, person in people.items()
                    for name, value in figures(person).items()
                }

            def loaded(calls: int) -> Callable[[], Figures]:
                return each(lambda person: _loaded(person, redis.address, calls, pages))

            yield Contest(
                {
                    "limit": each(lambda person: person.opens(pages)),
                    "ours": loaded(Settings.model_fields["odoo_calls"].default),
                    "peer": loaded(0),
                },
                list(_goals()),
                rounds=1 if short else 3,
            )


def _goals() -> Iterator[Goal]:
    for kind, words in (("workers", "two worker processes"), ("threads", "one process")):
        for against, than, least in (("limit", "idle", 1 / 1.5), ("peer", "no budget", 2.0)):
            yield Goal(
                f"page, {words}, beside {than}", f"p95 {kind}", "ms",
                "limit" if against == "limit" else "peer", least, smaller_is_better=True,
            )  # fmt: skip


def _loaded(person: Person, redis: str, calls: int, pages: int) -> Figures:
    """Pages while processes hammer the same Odoo, and the calls a second that these make."""
    with hammering(person.odoo, redis, calls) as made:
        time.sleep(SETTLES)
        before, start = made(), time.monotonic()
        figures = person.opens(pages)
        return {**figures, "calls": (made() - before) / (time.monotonic() - start)}
