"""Somebody at work in Odoo's web client while something else goes on."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import urllib3

from benchmarks.question import Figures
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Json
from workers.embedded.instance import DevOdoo

LONGEST = 10.0
"""Seconds after which a person gives up on a page."""
PAUSE = 0.1
"""Seconds between two pages."""
LIST: Json = {
    "name": {},
    "partner_id": {"fields": {"display_name": {}}},
    "date_order": {},
    "user_id": {"fields": {"display_name": {}}},
    "amount_total": {},
    "state": {},
}
"""The columns of the sales list."""


@dataclass
class Person:
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

    def exports(self, model: str, domain: list[Any], fields: list[str]) -> Figures:
        """Seconds until the client's own export of these records to XLSX is here."""
        asked = {
            "model": model,
            "fields": [{"name": name, "label": name, "type": "char"} for name in fields],
            "ids": False,
            "domain": domain,
            "import_compat": False,
        }
        query = urlencode({"data": json.dumps(asked)})
        start = time.monotonic()
        answer = self._http.request(
            "GET",
            f"{self.odoo.url}/web/export/xlsx?{query}",
            headers={"Cookie": self._cookie},
            timeout=600.0,
        )
        seconds = time.monotonic() - start
        if answer.status != 200 or not answer.data.startswith(b"PK"):
            raise FabricError(f"/web/export/xlsx: HTTP {answer.status}: {answer.data[:500]!r}")
        return {"seconds": seconds}

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
