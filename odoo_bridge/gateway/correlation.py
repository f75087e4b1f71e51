"""The correlation id: one from the request's headers to the form of the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import urandom

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-correlation-id"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# W3C Trace Context, "traceparent Header": version 00, and neither id may be all zeros.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def correlation_id(headers: Mapping[str, str]) -> str:
    """The sender's own, if it is fit for a log line; else its trace id; else a new one.

    ``headers`` have lower-case names.
    """
    given = headers.get(HEADER, "")
    if _SANE.fullmatch(given):
        return given
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return trace.group(1) if trace else urandom(16).hex()


class Correlated:
    """ASGI middleware: ``request.state.correlation_id``, and the header of every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identity = correlation_id(Headers(scope=scope))
        scope.setdefault("state", {})["correlation_id"] = identity

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = identity
            await send(message)

        await self.app(scope, receive, answer)
