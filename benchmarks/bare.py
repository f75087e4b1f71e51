"""The gateway's server with nothing behind it: reads a body and answers 202."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

ANSWER = b'{"id":"00000000-0000-0000-0000-000000000000","correlation_id":""}'


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(ANSWER)),
    ]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})
