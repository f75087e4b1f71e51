"""Errors as JSON: ``{"error": {"code", "message"}}``, where the message says what to do."""

from __future__ import annotations

from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from odoo_bridge.errors import (
    ConfigurationError,
    InvalidDelivery,
    InvalidSignature,
    StoreUnavailable,
)

RETRY_AFTER = "5"
"""Seconds; every sender that we know backs off longer by itself."""

CODES = {
    400: "invalid_request",
    401: "wrong_key",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    403: "not_allowed",
    429: "too_many",
}

log = structlog.get_logger("gateway")


def refusal(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """An error's answer."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


async def bad_signature(request: Request, error: Exception) -> JSONResponse:
    log.warning("delivery.refused", reason=str(error), correlation_id=_correlation(request))
    return refusal(401, "invalid_signature", f"{error}: check the secret on both sides")


async def bad_delivery(_request: Request, error: Exception) -> JSONResponse:
    return refusal(400, "invalid_delivery", str(error))


async def store_away(request: Request, error: Exception) -> JSONResponse:
    log.error("ledger.unavailable", error=str(error), correlation_id=_correlation(request))
    message = f"the delivery was not stored: deliver it again in {RETRY_AFTER} seconds"
    return refusal(503, "ledger_unavailable", message, {"Retry-After": RETRY_AFTER})


async def http_error(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's own: no such path, wrong method; and ours with a status."""
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type
    headers = dict(error.headers or {})
    message = f"allowed here: {headers['Allow']}" if "Allow" in headers else error.detail
    return refusal(error.status_code, CODES.get(error.status_code, "refused"), message, headers)


async def sender_gone(_request: Request, _error: Exception) -> JSONResponse:
    """Nobody reads this answer."""
    return refusal(400, "disconnected", "the request ended before its body did")


def _correlation(request: Request) -> str:
    return str(request.state.correlation_id)


HANDLERS: dict[Any, Any] = {
    InvalidSignature: bad_signature,
    InvalidDelivery: bad_delivery,
    StoreUnavailable: store_away,
    ConfigurationError: store_away,
    HTTPException: http_error,
    ClientDisconnect: sender_gone,
}


async def refused(request: Request, error: Exception) -> JSONResponse:
    """The answer to one of ``HANDLERS``' errors, where Starlette does not look it up."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    answer: JSONResponse = await handler(request, error)
    return answer
