"""``client.report``: Odoo's printed reports as files.

odoorpc's own gives up from Odoo 14 on, because rendering is private there; the browser's way is
left (``addons/web/controllers/report.py``): a web session, and ``/report/<converter>/…``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from odoorpc.report import Report

from odoo_bridge.errors import CredentialsRefused, NotOdoo, OdooRejected
from odoo_bridge.job import Json
from odoo_bridge.rpc.answers import refused
from odoo_bridge.rpc.jsonrpc import HEADERS, parsed
from odoo_bridge.rpc.transport import Call
from odoo_bridge.rpc.values import to_json

if TYPE_CHECKING:
    from odoo_bridge.rpc.client import Client


class Reports(Report):  # type: ignore[misc]
    """odoorpc's ``Report``: ``list``, which it has, and a ``download`` that works."""

    _odoo: Client

    def download(
        self,
        name: str,
        ids: Sequence[int],
        datas: Json | None = None,
        context: Json | None = None,
        converter: Literal["pdf", "html", "text"] = "pdf",
    ) -> io.BytesIO:
        """The report of these records; ``name`` as in ``sale.report_saleorder``.

        Needs a login by password: Odoo opens no web session for an API key
        (``CredentialsRefused``). Raises ``OdooRejected`` when Odoo cannot render it, as without
        wkhtmltopdf, and without ids.
        """
        if not ids:
            raise OdooRejected(f"a report {name} of which records? None are given")
        session = self._session()
        numbers = ",".join(str(int(each)) for each in ids)
        query = f"?context={quote(json.dumps(context or self._odoo.env.context))}"
        if datas:
            query += f"&options={quote(json.dumps(datas))}"
        path = f"/report/{converter}/{quote(name)}/{numbers}"
        reply = self._odoo.http.get(path + query, {"Cookie": f"session_id={session}"})
        if reply.status in {404, 422, 500}:
            raise OdooRejected(
                f"Odoo cannot make the report {name} as {converter}: HTTP {reply.status}; "
                "is there such a report, are there such records, is wkhtmltopdf installed?"
            )
        if reply.status != 200:
            raise refused(reply, self._odoo.http.url)
        return io.BytesIO(reply.body)

    def _session(self) -> str:
        """The id of a new web session (``addons/web/controllers/session.py``)."""
        odoo = self._odoo
        params = {"db": odoo.env.db, "login": odoo._login, "password": odoo._password}
        call = Call("session", "authenticate", {"params": params}, (odoo._password,))
        body = to_json({"jsonrpc": "2.0", "params": params}, call.invalid)
        reply = odoo.http.post("/web/session/authenticate", body, HEADERS)
        if reply.status != 200:
            raise refused(reply, odoo.http.url)
        if "error" in parsed(reply, odoo.http.url):
            raise CredentialsRefused(
                "Odoo opened no web session for a report: it wants the account's password, "
                "an API key is not enough"
            )
        for cookie in reply.headers.get("Set-Cookie", "").split(";"):
            key, _, value = cookie.strip().rpartition(",")[2].strip().partition("=")
            if key == "session_id":
                return value
        raise NotOdoo(f"{odoo.http.url} opened no web session: does a proxy take the cookie away?")
