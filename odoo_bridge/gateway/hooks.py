"""``POST /hooks/{source}``: verify, store, answer.

An ASGI application of its own: the layers of a framework cost a request as much as all else that
happens to a delivery here.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from math import ceil

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from odoo_bridge.addresses import in_networks
from odoo_bridge.gateway.answers import HANDLERS, refused
from odoo_bridge.gateway.call import Call, header_dict, peer_of, sender_of
from odoo_bridge.gateway.correlation import HEADER, correlation_id
from odoo_bridge.gateway.intake import Intake
from odoo_bridge.gateway.metrics import Metrics
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.gateway.source import Source
from odoo_bridge.job import Json
from odoo_bridge.ledger import Delivery
from odoo_bridge.ledger.ids import uuid7

PREFIX = "/hooks/"


class Hooks:
    """Takes deliveries in. Its errors are those of ``answers.HANDLERS``."""

    def __init__(self, options: GatewayOptions, intake: Intake, metrics: Metrics) -> None:
        self._options = options
        self._intake = intake
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """202 once it is stored; 200 with the first one's id for a duplicate."""
        headers = header_dict(scope["headers"])
        identity = correlation_id(headers)
        name, _, token = scope["path"].removeprefix(PREFIX).partition("/")
        source = self._options.sources.get(name)
        try:
            if scope["method"] != "POST":
                raise HTTPException(405, "Method Not Allowed", {"Allow": "POST"})
            if source is None:
                raise HTTPException(
                    404, "no such webhook source: declare it, and its secret, in the gateway"
                )
            call = await self._read(source, scope, receive, headers, token)
            status, stored = await self._take(source, call, identity)
        except tuple(HANDLERS) as error:
            scope.setdefault("state", {})["correlation_id"] = identity
            answer = await refused(Request(scope), error)
            answer.headers[HEADER] = identity
            status = answer.status_code
            await answer(scope, receive, send)
        else:
            await _answer(send, status, stored, identity)
        if source is not None:
            self._metrics.answered(source.name, status)

    async def _read(
        self, source: Source, scope: Scope, receive: Receive, headers: dict[str, str], token: str
    ) -> Call:
        proxied = self._admit(source, scope, headers)
        body = await read_body(receive, headers, source.limits.bytes or self._options.max_body)
        return Call(headers, body, time.time(), token, proxied)

    async def _take(self, source: Source, call: Call, identity: str) -> tuple[int, Json]:
        if source.scheme.greets(call):
            return 200, {"id": None, "correlation_id": identity}
        source.verify(call)
        _take_turn(source)
        stored = await self._intake.store(_delivery(source, call, identity))
        answer = {"id": stored.uuid, "correlation_id": stored.correlation_id}
        return (202 if stored.new else 200), answer

    def _admit(self, source: Source, scope: Scope, headers: dict[str, str]) -> bool:
        """Whether a trusted proxy sent it. Raises ``HTTPException`` 403 for a strange network."""
        proxies, allowed = self._options.proxies, source.limits.allow_ips
        if not proxies and not allowed:
            return False
        client = scope.get("client")
        peer = peer_of(client[0]) if client else None
        if allowed and not in_networks(sender_of(peer, headers, proxies), allowed):
            raise HTTPException(403, "this source does not take deliveries from your network")
        return in_networks(peer, proxies)


async def read_body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """The raw body. Raises ``HTTPException`` 413 as soon as it is known to be over ``limit``."""
    declared = headers.get("content-length", "")
    # Python refuses to read a number of thousands of digits, so twenty are too many.
    if declared.isdecimal() and (len(declared) > 19 or int(declared) > limit):
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"the body is over {limit} bytes")


def _take_turn(source: Source) -> None:
    # After the signature: a stranger must not use up what the sender may send.
    if source.bucket and (wait := source.bucket.wait(time.monotonic())):
        raise HTTPException(
            429,
            f"over {source.limits.per_second:g} deliveries a second: deliver it again later",
            {"Retry-After": str(ceil(wait))},
        )


def _delivery(source: Source, call: Call, correlation_id: str) -> Delivery:
    payload = source.file.payload(call.headers, call.body)
    return Delivery(
        uuid=uuid7(),
        source=source.name,
        event_id=source.event_id(call, payload),
        body=call.body,
        correlation_id=correlation_id,
        received_at=datetime.now(UTC),
        headers=source.keep(call),
        ordering_key=source.ordering_key(call, payload),
        wanted=source.wants(call, payload),
    )


async def _answer(send: Send, status: int, answer: Json, identity: str) -> None:
    body = orjson.dumps(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-correlation-id", identity.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
