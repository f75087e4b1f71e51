"""Storing deliveries: what waits is committed together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import orjson
import psycopg
import structlog
from psycopg.rows import TupleRow

from odoo_bridge.errors import FabricError, StoreUnavailable
from odoo_bridge.gateway.metrics import Metrics
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.ledger import Delivery, Standing, migrate
from odoo_bridge.ledger.queries import query
from odoo_bridge.ledger.retention import Retention
from odoo_bridge.postgres import conninfo, store_errors

AsyncConnection = psycopg.AsyncConnection[TupleRow]

log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a delivery is kept; not ``new`` when its event had been delivered before."""

    uuid: str
    correlation_id: str
    new: bool


Waiting = tuple[Delivery, "asyncio.Future[Stored]"]


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
    """Group commit into the ledger: one task stores whatever waits, in one transaction.

    So a burst costs one commit for many deliveries, and a lone delivery waits for nobody.
    """

    def __init__(self, options: GatewayOptions, metrics: Metrics) -> None:
        self._options = options
        self._metrics = metrics
        self._dsn = conninfo(options.ledger_dsn, "odoo-fabric gateway")
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue(options.max_waiting)
        self._connection: AsyncConnection | None = None
        self._prepared = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Migrate; a ledger that is away now is migrated when it is back."""
        try:
            await self.check()
        except StoreUnavailable as error:
            log.warning("ledger.unavailable", error=str(error))
        self._task = asyncio.create_task(self._run(), name="gateway intake")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop()

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
        await self._in_time(self._ping())

    async def standing(self) -> list[Standing]:
        """What is not done yet. Raises ``StoreUnavailable``."""
        # On a connection of its own: nobody's delivery waits for a count.
        with store_errors("ledger"):
            async with await self._connect() as connection:
                return [Standing(*row) for row in await _all(connection, "standing", {})]

    async def _run(self) -> None:
        while True:
            group = [await self._waiting.get()]
            while len(group) < self._options.max_batch and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            await self._settle(group)

    async def _settle(self, group: Sequence[Waiting]) -> None:
        began = time.perf_counter()
        try:
            answers = await self._in_time(self._insert([delivery for delivery, _ in group]))
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

    async def _in_time(self, work: Any) -> Any:
        """Await ``work``; a connection that failed or took too long is not used again."""
        try:
            async with asyncio.timeout(self._options.store_timeout):
                with store_errors("ledger"):
                    return await work
        except TimeoutError:
            await self._drop()
            raise StoreUnavailable("the ledger did not answer in time") from None
        except FabricError:
            await self._drop()
            raise

    async def _ping(self) -> None:
        connection = await self._open()
        await connection.execute("SELECT 1")

    async def _insert(self, deliveries: Sequence[Delivery]) -> list[Stored]:
        connection = await self._open()
        # One statement, so one transaction and one round trip. Should the second fail, its senders
        # deliver again, and are told then of what was stored now.
        rows = await _all(connection, "insert_deliveries", self._columns(deliveries))
        new = {uuid for (uuid,) in rows}
        known = [one for one in deliveries if one.uuid not in new]
        first = await _first(connection, known) if known else {}
        return [
            Stored(one.uuid, one.correlation_id, new=True)
            if one.uuid in new
            else Stored(*first[one.source, one.event_id], new=False)
            for one in deliveries
        ]

    def _columns(self, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        cipher = self._options.cipher
        return {
            **_keys(deliveries),
            "uuids": [UUID(one.uuid) for one in deliveries],
            "bodies": [cipher.seal(one.body) for one in deliveries],
            "headers": [orjson.dumps(one.headers).decode() for one in deliveries],
            "correlation_ids": [one.correlation_id for one in deliveries],
            "received_ats": [one.received_at for one in deliveries],
            "ordering_keys": [one.ordering_key for one in deliveries],
            "wanted": [one.wanted for one in deliveries],
            "sealed": cipher.seals,
        }

    async def _open(self) -> AsyncConnection:
        if not self._prepared:
            await asyncio.to_thread(_prepare, self._options.ledger_dsn)
            self._prepared = True
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
        return self._connection

    async def _connect(self) -> AsyncConnection:
        return await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _prepare(dsn: str) -> None:
    """The newest schema, and partitions for the days to come."""
    migrate(dsn)
    retention = Retention(dsn)
    try:
        retention.add_days()
    finally:
        retention.close()


async def _all(connection: AsyncConnection, name: str, params: dict[str, Any]) -> list[TupleRow]:
    return await (await connection.execute(query(name), params)).fetchall()


def _keys(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return {
        "sources": [one.source for one in deliveries],
        "event_ids": [one.event_id for one in deliveries],
    }


async def _first(
    connection: AsyncConnection, known: Sequence[Delivery]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Uuid and correlation id of what came first, by source and event."""
    rows = await _all(connection, "find_deliveries", _keys(known))
    return {(source, event): (uuid, identity) for source, event, uuid, identity in rows}


def _log(group: Sequence[Waiting], answers: Sequence[Stored]) -> None:
    """One line a commit: a line a delivery would cost as much as to store it."""
    new = [stored.new for stored in answers]
    log.info(
        "deliveries.stored",
        new=sum(new),
        known=len(new) - sum(new),
        deliveries=[
            [stored.uuid, delivery.source, delivery.event_id, stored.correlation_id]
            for (delivery, _), stored in zip(group, answers, strict=True)
        ],
    )
