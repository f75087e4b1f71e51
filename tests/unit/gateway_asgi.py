"""Requests straight into the gateway, without a client that would mend or refuse them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message

PATIENCE = 10.0
"""Seconds after which an answer hangs."""


async def request(
    app: ASGIApp, path: str, headers: Sequence[tuple[bytes, bytes]], chunks: Sequence[bytes]
) -> tuple[int, bytes]:
    """Status and body of the answer to a POST. Raises ``TimeoutError`` when none comes."""
    left = [*chunks] or [b""]
    answers: list[Message] = []

    async def receive() -> Message:
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "root_path": "", "query_string": b"",
        "headers": headers, "client": ("203.0.113.9", 1), "server": ("gateway", 80),
        "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        await app(scope, receive, send)
    start, *bodies = answers
    return start["status"], b"".join(each.get("body", b"") for each in bodies)
