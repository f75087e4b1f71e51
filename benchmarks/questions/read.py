"""How fast many records are read, and whether memory stays flat meanwhile."""

from __future__ import annotations

import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import odoorpc
import psutil

from benchmarks.in_flight import in_flight
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.rpc.reading import iter_pages
from tasks.reading import iter_records

RECORDS = 200_000
SHORT = 20_000
FIELDS = ["name", "email", "is_company", "parent_id", "create_date", "color"]
PAGE = 1_000  # records a call of the others
MOST = 20.0  # MB that memory may grow by

Domain = list[tuple[str, str, Any]]


class Read:
    """Partners with six fields, each as a dict; and as Arrow's columns."""

    name = "read"
    asks = "partners a second that are read, and by how much memory grows meanwhile"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The peer is odoorpc and the limit here is the standard library, in pages by offset."""
        records = SHORT if short else RECORDS
        stage.query("partners", partners=records)
        domain: Domain = [("ref", "=", "benchmark")]
        environment = in_flight(stage, 1)[0].environment

        def rows() -> int:
            return sum(1 for _row in iter_records(environment, "res.partner", domain, FIELDS))

        def columns() -> int:
            pages = iter_pages(environment, "res.partner", domain, FIELDS)
            return sum(page.to_arrow().num_rows for page in pages)

        def ours() -> Figures:
            rate, grown = _measured(records, rows)
            arrow, _grown = _measured(records, columns)
            return {"rows": rate, "columns": arrow, "memory": max(grown, 0.1)}

        def peer() -> Figures:
            rate, _grown = _measured(records, lambda: _odoorpc(stage, domain))
            return {"rows": rate, "columns": rate}

        def limit() -> Figures:
            rate, _grown = _measured(records, lambda: _xmlrpc(stage, domain))
            return {"rows": rate, "memory": MOST}

        yield Contest(
            {"ours": ours, "peer": peer, "limit": limit},
            [
                Goal("read, beside odoorpc", "rows", "rows/s", "peer", 3),
                Goal("read, beside xmlrpc.client", "rows", "rows/s", "limit", 3),
                Goal("read into Arrow, beside odoorpc", "columns", "rows/s", "peer", 3),
                Goal("memory while reading", "memory", "MB", "limit", 1, smaller_is_better=True),
            ],
            rounds=1 if short else 2,
        )
        stage.query("no_partners")


def _measured(records: int, read: Callable[[], int]) -> tuple[float, float]:
    """Records a second, and the MB that this process has grown by at its largest."""
    process = psutil.Process()
    before = process.memory_info().rss
    start = time.monotonic()
    found = read()
    rate = records / (time.monotonic() - start)
    if found != records:
        raise AssertionError(f"{found} of {records} records were read")
    return rate, (process.memory_info().rss - before) / 2**20


def _odoorpc(stage: Stage, domain: Domain) -> int:
    host, port = stage.odoo.url.removeprefix("http://").split(":")
    client = odoorpc.ODOO(host, port=int(port), timeout=600)
    client.login(stage.odoo.database, stage.odoo.admin_login, stage.odoo.admin_api_key)
    model = client.env["res.partner"]

    def page(offset: int) -> list[Any]:
        found: list[Any] = model.search_read(domain, FIELDS, offset=offset, limit=PAGE, order="id")
        return found

    return _pages(page)


def _xmlrpc(stage: Stage, domain: Domain) -> int:
    odoo = stage.odoo
    common = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/common")
    uid = common.authenticate(odoo.database, odoo.admin_login, odoo.admin_api_key, {})
    with common, xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/object") as models:

        def page(offset: int) -> Any:
            options = {"fields": FIELDS, "offset": offset, "limit": PAGE, "order": "id"}
            login = (odoo.database, uid, odoo.admin_api_key)
            return models.execute_kw(*login, "res.partner", "search_read", [domain], options)

        return _pages(page)


def _pages(page: Callable[[int], Any]) -> int:
    read = 0
    while rows := page(read):
        read += len(rows)
    return read
