"""``Together``: requests that come while Odoo answers others go to it in one call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool

from odoo_bridge.errors import FabricError, OdooUnavailable
from odoo_bridge.job import Json

Ask = Callable[[Sequence[Json]], Sequence[Json]]
"""One call: an answer to each request, in order. Raises ``FabricError``s."""

CALLS = 2
"""At once: while Odoo works on one, the next fills."""
LARGEST = 100
"""Requests in a call."""
MOST_WAITING = 2_000
PATIENCE = 10.0
"""Seconds that a request waits for its answer."""


class Together:
    """A request that finds no call out goes at once, others gather behind it.

    So a thousand at the same time are some ten calls, and nothing is kept that could be stale.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: deque[tuple[Json, asyncio.Future[Json]]] = deque()
        self._calls: set[asyncio.Task[None]] = set()

    async def answer(self, asked: Json) -> Json:
        """Raises what the call raised, ``OdooUnavailable`` when too many wait or for too long."""
        if len(self._waiting) >= MOST_WAITING:
            raise OdooUnavailable("too many requests wait for Odoo")
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if len(self._calls) < CALLS:
            call = asyncio.create_task(self._work())
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError:
            raise OdooUnavailable(f"Odoo did not answer within {PATIENCE:g} seconds") from None

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(LARGEST, len(self._waiting)))]
            batch = [(asked, future) for asked, future in batch if not future.done()]
            if batch:
                await self._call(batch)

    async def _call(self, batch: Sequence[tuple[Json, asyncio.Future[Json]]]) -> None:
        futures = [future for _asked, future in batch]
        try:
            answers = await run_in_threadpool(self._ask, [asked for asked, _future in batch])
        except FabricError as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            return
        for future, answer in zip(futures, answers, strict=True):
            if not future.done():
                future.set_result(answer)
