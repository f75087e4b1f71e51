"""Storing deliveries: what waits is committed together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import structlog

from odoo_bridge.errors import StoreUnavailable
from odoo_bridge.gateway.lane import Lane
from odoo_bridge.gateway.metrics import Metrics
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.gateway.stored import Stored
from odoo_bridge.ledger import Delivery, Standing, migrate
from odoo_bridge.ledger.retention import Retention

LANES = 2
"""While one group is committed the next is put together. More would make groups smaller."""

Waiting = tuple[Delivery, "asyncio.Future[Stored]"]

log = structlog.get_logger("gateway")


class Intake(Protocol):
    """What the gateway needs of the ledger. An async context manager."""

    async def store(self, delivery: Delivery) -> Stored:
        """Return once it is committed. Raises ``StoreUnavailable``."""

    async def check(self) -> None:
        """Raises ``StoreUnavailable`` when deliveries cannot be stored now."""

    async def standing(self) -> list[Standing]:
        """What is not done yet. Raises ``StoreUnavailable``."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...


class LedgerIntake:
    """Group commit into the ledger: whatever waits is stored in one transaction.

    So a burst costs one commit for many deliveries, and a lone delivery waits for nobody.
    """

    def __init__(self, options: GatewayOptions, metrics: Metrics) -> None:
        self._options = options
        self._metrics = metrics
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue(options.max_waiting)
        # Whoever asks how it stands keeps no delivery waiting.
        self._asking, *self._lanes = (
            Lane(options.ledger_dsn, options.cipher, options.store_timeout)
            for _ in range(1 + LANES)
        )
        self._preparing = asyncio.Lock()
        self._prepared = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Migrate; a ledger that is away now is migrated when it is back."""
        try:
            await self.check()
        except StoreUnavailable as error:
            log.warning("ledger.unavailable", error=str(error))
        self._tasks = [
            asyncio.create_task(self._run(lane), name="gateway intake") for lane in self._lanes
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in (self._asking, *self._lanes):
            await lane.close()

    async def store(self, delivery: Delivery) -> Stored:
        """Return once it is committed. Raises ``StoreUnavailable``."""
        future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((delivery, future))
        except asyncio.QueueFull:
            raise StoreUnavailable("too many deliveries wait to be stored") from None
        return await future

    async def check(self) -> None:
        """Raises ``StoreUnavailable``."""
        await self._prepare()
        await self._asking.ping()

    async def standing(self) -> list[Standing]:
        """What is not done yet. Raises ``StoreUnavailable``."""
        await self._prepare()
        return await self._asking.standing()

    async def _run(self, lane: Lane) -> None:
        while True:
            group = [await self._waiting.get()]
            while len(group) < self._options.max_batch and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            await self._settle(lane, group)

    async def _settle(self, lane: Lane, group: Sequence[Waiting]) -> None:
        began = time.perf_counter()
        try:
            await self._prepare()
            answers = await lane.insert([delivery for delivery, _ in group])
        except Exception as error:  # whatever it is, it belongs to those who wait
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        self._metrics.stored(len(group), time.perf_counter() - began)
        _log(group, answers)
        for (_, future), stored in zip(group, answers, strict=True):
            if not future.done():  # the sender may have hung up meanwhile
                future.set_result(stored)

    async def _prepare(self) -> None:
        if self._prepared:
            return
        async with self._preparing:
            if not self._prepared:
                await asyncio.to_thread(_migrate, self._options.ledger_dsn)
                self._prepared = True


def _migrate(dsn: str) -> None:
    """The newest schema, and partitions for the days to come."""
    migrate(dsn)
    retention = Retention(dsn)
    try:
        retention.add_days()
    finally:
        retention.close()


def _log(group: Sequence[Waiting], answers: Sequence[Stored]) -> None:
    """One line a commit: a line a delivery would cost as much as to store it."""
    new = sum(stored.new for stored in answers)
    log.info(
        "deliveries.stored",
        new=new,
        known=len(answers) - new,
        deliveries=[
            [stored.uuid, delivery.source, delivery.event_id, stored.correlation_id]
            for (delivery, _), stored in zip(group, answers, strict=True)
        ],
    )
