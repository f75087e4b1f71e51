"""``POST /hooks/{source}``: verify, store, answer."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.gateway.intake import Intake, Stored
from odoo_bridge.gateway.options import GatewayOptions, Source
from odoo_bridge.ledger import Delivery

log = structlog.get_logger("gateway")


async def receive(request: Request) -> JSONResponse:
    """202 with the delivery's id once it is stored; 200 with the first one's for a duplicate."""
    options: GatewayOptions = request.app.state.options
    intake: Intake = request.app.state.intake
    source = _source(options, request.path_params["source"])
    body = await read_body(request, options.max_body)
    source.scheme.verify(request.headers, body, source.secrets, time.time())
    require_json(body)
    delivery = _delivery(source, request, body)
    stored = await intake.store(delivery)
    _log(delivery, stored)
    return JSONResponse(
        {"id": stored.uuid, "correlation_id": stored.correlation_id}, 202 if stored.new else 200
    )


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body. Raises ``HTTPException`` 413 as soon as it is known to be over ``limit``."""
    declared = request.headers.get("content-length", "")
    # Python refuses to read a number of thousands of digits, so twenty are too many.
    if declared.isdecimal() and (len(declared) > 19 or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def require_json(body: bytes) -> None:
    """Raises ``InvalidDelivery``; also for what is nested deeper than orjson's 1024 levels."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidDelivery(f"the body is not JSON: {error}") from error


def _source(options: GatewayOptions, name: str) -> Source:
    try:
        return options.sources[name]
    except KeyError:
        raise HTTPException(
            404, "no such webhook source: configure its signing secret in the gateway"
        ) from None


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"the body is over {limit} bytes")


def _delivery(source: Source, request: Request, body: bytes) -> Delivery:
    return Delivery(
        uuid=str(uuid4()),
        source=source.name,
        event_id=source.scheme.event_id(request.headers, body),
        body=body,
        correlation_id=request.state.correlation_id,
        received_at=datetime.now(UTC),
        headers=_kept(source, request.headers),
    )


def _kept(source: Source, headers: Headers) -> dict[str, str]:
    # PostgreSQL's jsonb cannot hold a NUL, and one bad row would fail its whole group.
    values = {name: headers.get(name, "") for name in source.scheme.kept_headers}
    return {name: value for name, value in values.items() if value and value.isprintable()}


def _log(delivery: Delivery, stored: Stored) -> None:
    log.info(
        "delivery.accepted" if stored.new else "delivery.duplicate",
        delivery=stored.uuid,
        source=delivery.source,
        event_id=delivery.event_id,
        correlation_id=stored.correlation_id,
        bytes=len(delivery.body),
    )
