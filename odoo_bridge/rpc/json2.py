"""JSON-2, Odoo 19's API: ``POST /json/2/<model>/<method>`` (``addons/rpc/controllers/json2.py``).

It has named arguments only, no services, and the bearer's key says who asks. Here it answers the
same calls as the older protocols, so that one stands in for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from odoo_bridge.errors import CredentialsRefused, FabricError, NotOdoo, NotOffered
from odoo_bridge.rpc.answers import expect_ok, refused
from odoo_bridge.rpc.faults import Said, error_of
from odoo_bridge.rpc.http import Http, Reply
from odoo_bridge.rpc.json2_names import named
from odoo_bridge.rpc.jsonrpc import HEADERS, parsed
from odoo_bridge.rpc.transport import Call
from odoo_bridge.rpc.values import to_json

_USERS = "res.users"


class Json2:
    """See ``Transport``. Safe to share between threads."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """See ``Transport``. Raises ``NotOffered`` for what JSON-2 has no words for."""
        match service, method:
            case "object", "execute_kw":
                return self._execute(args)
            case "object", "execute":
                return self._execute([*args[:5], args[5:]])
            case "common", "version":
                return self._version()
            case "common", ("authenticate" | "login"):
                return self._authenticate(*args[:3])
        raise NotOffered(f"JSON-2 has no {service}.{method}: use jsonrpc or xmlrpc")

    def probe(self, database: str) -> None:
        """Raises ``NotOffered`` when the server does not know JSON-2: one before 19, or a proxy."""
        try:
            self._execute([database, 0, "", _USERS, "context_get", []])
        except CredentialsRefused as refusal:
            if refusal.fault is None:  # about the database, not the key that we did not show
                raise
        except NotOdoo as error:
            raise self._not_offered(error) from error

    def _not_offered(self, error: NotOdoo) -> NotOffered:
        return NotOffered(f"{self.http.url} has no JSON-2, which came with Odoo 19: {error}")

    def _execute(self, args: list[Any]) -> Any:
        """``args`` are those of ``execute_kw``; that of the user's id does not matter."""
        database, _user, key, model, method, positional, *more = args
        kwargs = (more[0] if more else None) or {}
        call = Call(model, method, {"args": positional, "kwargs": kwargs}, (key,))
        body = to_json(named(model, method, positional, kwargs), call.invalid)
        headers = {**HEADERS, "Authorization": f"bearer {key}", "X-Odoo-Database": database}
        path = f"/json/2/{quote(model, safe='')}/{quote(method, safe='')}"
        reply = self.http.post(path, body, headers)
        if reply.status != 200:
            raise self._refused(reply, call, database)
        result = parsed(reply, self.http.url)
        if method == "create" and positional and isinstance(positional[0], Mapping):
            return result[0]  # as odoo/service/model.py does it for the older protocols
        return result

    def _refused(self, reply: Reply, call: Call, database: str) -> FabricError:
        said = _said(reply)
        if said is not None:
            return error_of(said, call)
        if reply.status == 404 and b"No database is selected" in reply.body:
            return CredentialsRefused(
                f"Odoo at {self.http.url} has no database {database!r}, or its dbfilter hides it"
            )
        return refused(reply, self.http.url)

    def _version(self) -> dict[str, Any]:
        """As ``common.version`` tells it (``addons/rpc/controllers/__init__.py``)."""
        reply = self.http.get("/web/version")
        try:
            expect_ok(reply, self.http.url)
        except NotOdoo as error:
            raise self._not_offered(error) from error
        answer = parsed(reply, self.http.url)
        return {"server_version": answer["version"], "server_version_info": answer["version_info"]}

    def _authenticate(self, database: str, login: str, key: str) -> int | bool:
        """The id of the user whose key it is, if that is the login's; ``False`` if not."""
        try:
            user = self._execute([database, 0, key, _USERS, "context_get", []])["uid"]
            (row,) = self._execute([database, 0, key, _USERS, "read", [[user], ["login"]]])
        except CredentialsRefused as refusal:
            if refusal.fault is None:  # about the database
                raise
            return False
        return int(user) if row["login"] == login else False


def _said(reply: Reply) -> Said | None:
    """What an error in Odoo's own form says; ``None`` for any other page."""
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    return Said.in_json(data) if isinstance(data, dict) and "message" in data else None
