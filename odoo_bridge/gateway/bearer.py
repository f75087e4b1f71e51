"""Who may ask: a key in ``Authorization: Bearer``."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request

from odoo_bridge.gateway.schemes.base import matches_any

log = structlog.get_logger("gateway")


def check_bearer(request: Request, keys: Sequence[str], setting: str) -> None:
    """Raises ``HTTPException`` 401 unless the request carries one of the keys of a setting."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if keys and scheme.lower() == "bearer" and matches_any(given.strip(), keys):
        return
    log.warning("key.refused", setting=setting, correlation_id=request.state.correlation_id)
    reason = (
        f"wrong key: send one of {setting} as bearer token"
        if keys
        else f"closed: set {setting} of the gateway"
    )
    raise HTTPException(401, reason, {"WWW-Authenticate": "Bearer"})
