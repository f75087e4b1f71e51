"""What a person in Odoo feels of the fabric at work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from os import environ
from statistics import median, quantiles

import urllib3
from pydantic import SecretStr

from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Json
from workers.embedded import odoo, places, valkey
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo import OdooOptions
from workers.local import embedded_program
from workers.settings import Settings
from workers.supervisor import Supervisor

PROCESSES = 2
THREADS = 32
PAGES = 200
SHORT = 60
LONGEST = 10.0
"""Seconds after which a person gives up on a page."""
PAUSE = 0.1
"""Seconds between two pages."""
SETTLES = 15.0
"""Seconds that the load runs before the first page counts: the budget has learned then."""
THREADED = "benchmarks_page"
LIST: Json = {
    "name": {},
    "partner_id": {"fields": {"display_name": {}}},
    "date_order": {},
    "user_id": {"fields": {"display_name": {}}},
    "amount_total": {},
    "state": {},
}
"""The columns of the sales list."""


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
            people = {"workers": _Person(stage.odoo), "threads": _Person(threaded)}

            def each(figures: Callable[[_Person], Figures]) -> Callable[[], Figures]:
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


@dataclass
class _Person:
    """Somebody who is logged in to Odoo's web client."""

    odoo: DevOdoo

    def __post_init__(self) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=LONGEST)
        login = {"db": self.odoo.database, "login": "admin", "password": "admin"}
        answer = self._post("/web/session/authenticate", login)
        self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def opens(self, pages: int) -> Figures:
        """Milliseconds of a page."""
        times = [1000 * self._page() for _ in range(pages)]
        return {"p50": median(times), "p95": quantiles(times, n=20)[-1]}

    def _page(self) -> float:
        time.sleep(PAUSE)  # a person looks at what they see
        asked = {"domain": [], "specification": LIST, "limit": 80}
        params = {"model": "sale.order", "method": "web_search_read", "args": [], "kwargs": asked}
        start = time.monotonic()
        # Without a budget all threads of Odoo may be taken: who gets no page counts too.
        with suppress(urllib3.exceptions.TimeoutError):
            self._post("/web/dataset/call_kw/sale.order/web_search_read", params, self._cookie)
        return time.monotonic() - start

    def _post(self, path: str, params: Json, cookie: str = "") -> urllib3.BaseHTTPResponse:
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self._http.request(
            "POST", f"{self.odoo.url}{path}", json=body, headers={"Cookie": cookie}
        )
        if answer.status != 200 or "result" not in answer.json():
            raise FabricError(f"{path}: HTTP {answer.status}: {answer.data[:500]!r}")
        return answer


def _loaded(person: _Person, redis: str, calls: int, pages: int) -> Figures:
    """Pages while processes hammer the same Odoo, and the calls a second that these make."""
    with _hammering(person.odoo, redis, calls) as made:
        time.sleep(SETTLES)
        before, start = made(), time.monotonic()
        figures = person.opens(pages)
        return {**figures, "calls": (made() - before) / (time.monotonic() - start)}


@contextmanager
def _hammering(found: DevOdoo, redis: str, calls: int) -> Iterator[Callable[[], int]]:
    """Gives how many calls were made so far."""
    config = Settings(
        odoo_url=found.url,
        odoo_database=found.database,
        odoo_login=found.admin_login,
        odoo_api_key=SecretStr(found.admin_api_key),
        redis_url=SecretStr(redis),
        odoo_calls=calls,
    )
    command = [sys.executable, "-P", "-m", "benchmarks.hammer", str(THREADS // PROCESSES)]
    with ExitStack() as stack:
        hammers = []
        for _ in range(PROCESSES):
            hammer = subprocess.Popen(
                command,
                env={**environ, **config.environment(), "PYTHONPATH": "."},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(hammer.wait)
            stack.callback(hammer.kill)
            hammers.append(hammer)
        for hammer in hammers:
            _line(hammer)
        yield lambda: sum(int(_line(hammer, "calls\n")) for hammer in hammers)


def _line(hammer: subprocess.Popen[str], question: str = "") -> str:
    assert hammer.stdin, "opened as a pipe"  # noqa: S101 - for the type checker
    assert hammer.stdout, "opened as a pipe"  # noqa: S101
    hammer.stdin.write(question)
    hammer.stdin.flush()
    line = hammer.stdout.readline()
    if not line:
        raise FabricError("a hammer has ended: see the error above")
    return line
