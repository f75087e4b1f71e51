"""What all of ``/admin`` has in common: its key, how its requests are read, and how it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from odoo_bridge.gateway.bearer import check_bearer
from odoo_bridge.gateway.hooks import read_body
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.job import Json

KEYS = "FABRIC_GATEWAY_ADMIN_KEYS"
MOST_BYTES = 65_536


def check_key(options: GatewayOptions, request: Request) -> None:
    """Raises ``HTTPException`` 401 unless the request carries a key."""
    check_bearer(request, options.admin_keys, KEYS)


async def asked_of(options: GatewayOptions, request: Request, kind: type[Any]) -> Any:
    """The request's body as a model. Raises ``HTTPException`` 401, or 400 that names the field."""
    check_key(options, request)
    body = await read_body(request.receive, dict(request.headers), MOST_BYTES)
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise HTTPException(400, faults) from error


def answered(content: Json) -> Response:
    """JSON that nobody keeps."""
    text = orjson.dumps(content, default=_text)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
