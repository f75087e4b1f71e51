"""JSON-RPC as Odoo speaks it: ``/jsonrpc`` (``odoo/http.py``, ``JsonRPCDispatcher``)."""

from __future__ import annotations

import json
from typing import Any

import orjson

from odoo_bridge.rpc.answers import expect_ok, unreadable
from odoo_bridge.rpc.faults import Said, error_of
from odoo_bridge.rpc.http import Http, Reply
from odoo_bridge.rpc.transport import Call, addressed
from odoo_bridge.rpc.values import to_json

HEADERS = {"Content-Type": "application/json"}


class JsonRpc:
    """See ``Transport``. Safe to share between threads."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """See ``Transport``."""
        call = Call.of(service, method, args)
        params = {"service": service, "method": method, "args": args}
        request = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        body = to_json(request, call.invalid)
        reply = self.http.post("/jsonrpc", body, HEADERS | addressed(args))
        expect_ok(reply, self.http.url)
        answer = parsed(reply, self.http.url)
        if not isinstance(answer, dict) or answer.get("jsonrpc") != "2.0":
            raise unreadable(reply, self.http.url, "no JSON-RPC")
        if error := answer.get("error"):
            raise error_of(Said.in_json(error.get("data") or error), call)
        return answer.get("result")  # Odoo leaves None out


def parsed(reply: Reply, url: str) -> Any:
    """The JSON in an answer. Raises ``AnswerUnreadable``."""
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        # Odoo writes NaN as Python does; a column of PostgreSQL may hold it.
        if b"NaN" in reply.body or b"Infinity" in reply.body:
            try:
                return json.loads(reply.body)
            except ValueError:
                pass
        raise unreadable(reply, url, "no JSON") from error
