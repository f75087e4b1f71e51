"""``Lane``: one connection on which groups of deliveries are stored, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import TupleRow

from odoo_bridge.errors import FabricError, StoreUnavailable
from odoo_bridge.gateway.stored import Stored
from odoo_bridge.ledger import Delivery, Standing
from odoo_bridge.ledger.cipher import Cipher
from odoo_bridge.ledger.queries import query
from odoo_bridge.postgres import conninfo, store_errors

Connection = psycopg.AsyncConnection[TupleRow]
Found = TypeVar("Found")


class Lane:
    """Opens its connection when it is first used, and again after it failed.

    ``timeout`` is in seconds, for each call. Every method raises ``StoreUnavailable``.
    """

    def __init__(self, dsn: str, cipher: Cipher, timeout: float) -> None:
        self._dsn = conninfo(dsn, "odoo-fabric gateway")
        self._cipher = cipher
        self._timeout = timeout
        self._connection: Connection | None = None

    async def insert(self, deliveries: Sequence[Delivery]) -> list[Stored]:
        """Store all of them, durably; what became of each, in order."""
        return await self._in_time(self._insert(deliveries))

    async def standing(self) -> list[Standing]:
        """What is not done yet."""
        rows = await self._in_time(self._all("standing", {}))
        return [Standing(*row) for row in rows]

    async def ping(self) -> None:
        """Raises ``StoreUnavailable`` when the ledger does not answer."""
        await self._in_time(self._ping())

    async def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _in_time(self, work: Awaitable[Found]) -> Found:
        """Await ``work``; a connection that failed or took too long is not used again."""
        try:
            async with asyncio.timeout(self._timeout):
                with store_errors("ledger"):
                    return await work
        except TimeoutError:
            await self.close()
            raise StoreUnavailable("the ledger did not answer in time") from None
        except FabricError:
            await self.close()
            raise

    async def _ping(self) -> None:
        await (await self._open()).execute("SELECT 1")

    async def _insert(self, deliveries: Sequence[Delivery]) -> list[Stored]:
        # One statement, so one transaction and one round trip. Should the second fail, its senders
        # deliver again, and are told then of what was stored now.
        rows = await self._all("insert_deliveries", self._columns(deliveries))
        new = {uuid for (uuid,) in rows}
        known = [one for one in deliveries if one.uuid not in new]
        first = await self._first(known) if known else {}
        return [
            Stored(one.uuid, one.correlation_id, new=True)
            if one.uuid in new
            else Stored(*first[one.source, one.event_id], new=False)
            for one in deliveries
        ]

    async def _first(self, known: Sequence[Delivery]) -> dict[tuple[str, str], tuple[str, str]]:
        """Uuid and correlation id of what came first, by source and event."""
        rows = await self._all("find_deliveries", _keys(known))
        return {(source, event): (uuid, identity) for source, event, uuid, identity in rows}

    async def _all(self, name: str, params: dict[str, Any]) -> list[TupleRow]:
        connection = await self._open()
        return await (await connection.execute(query(name), params)).fetchall()

    async def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        return self._connection

    def _columns(self, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        return {
            **_keys(deliveries),
            "uuids": [UUID(one.uuid) for one in deliveries],
            "bodies": [self._cipher.seal(one.body) for one in deliveries],
            "headers": [orjson.dumps(one.headers).decode() for one in deliveries],
            "correlation_ids": [one.correlation_id for one in deliveries],
            "received_ats": [one.received_at for one in deliveries],
            "ordering_keys": [one.ordering_key for one in deliveries],
            "wanted": [one.wanted for one in deliveries],
            "sealed": self._cipher.seals,
        }


def _keys(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return {
        "sources": [one.source for one in deliveries],
        "event_ids": [one.event_id for one in deliveries],
    }
