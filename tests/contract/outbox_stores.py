"""The stores that the outbox contract runs on: each can take in jobs and open outboxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString, Protocol, cast
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from odoo_bridge.job import Envelope, Json
from odoo_bridge.ledger import migrate
from odoo_bridge.outbox import RpcOutbox, ledger_outbox, odoo_outbox
from odoo_bridge.ports import Outbox
from odoo_bridge.rpc import Addon
from odoo_bridge.testing import MemoryOutbox

STAND_IN = Path(__file__).with_name("odoo_outbox.sql")


class OutboxStore(Protocol):
    def open(self) -> Outbox: ...

    def add(self, count: int) -> list[str]:
        """Let ``count`` new jobs wait; their uuids, oldest first."""

    def clear(self) -> None: ...


class MemoryStore:
    def __init__(self) -> None:
        self.outbox = MemoryOutbox()

    def open(self) -> Outbox:
        return self.outbox

    def add(self, count: int) -> list[str]:
        jobs = [Envelope(str(uuid4()), 0, "demo.task", "default") for _ in range(count)]
        self.outbox.enqueue(*jobs)
        return [job.uuid for job in jobs]

    def clear(self) -> None:
        self.outbox = MemoryOutbox()


class LedgerStore:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        migrate(dsn)

    def open(self) -> Outbox:
        return ledger_outbox(self.dsn)

    def add(self, count: int) -> list[str]:
        uuids = [str(uuid4()) for _ in range(count)]
        with psycopg.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.executemany(
                # A second old: a claim may keep fresh ones back, to hand out many at once.
                "INSERT INTO delivery (uuid, source, event_id, body, received_at)"
                " VALUES (%s, %s, %s, '', now() - interval '2 seconds')",
                [(uuid, "shopify", f"event {uuid}") for uuid in uuids],
            )
        return uuids

    def clear(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute("TRUNCATE delivery")


class SqlAddon:
    """The addon's methods for the relay, each a transaction of its own."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def claim(self, limit: int) -> list[Json]:
        return self._rows("SELECT * FROM celery_job_claim(%s)", limit)

    def in_flight(self) -> list[Json]:
        return self._rows("SELECT * FROM celery_job_in_flight()")

    def rescue(self, attempts: Sequence[tuple[str, int]], *, begun: bool) -> list[str]:
        uuids, numbers = [each[0] for each in attempts], [each[1] for each in attempts]
        rows = self._rows(
            "SELECT * FROM celery_job_rescue(%s::text[], %s::integer[], %s)", uuids, numbers, begun
        )
        return [row["uuid"] for row in rows]

    def _rows(self, statement: LiteralString, *values: object) -> list[Json]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()


class OdooStore:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        with psycopg.connect(dsn) as connection:
            connection.execute(STAND_IN.read_bytes())

    def open(self) -> Outbox:
        return odoo_outbox(self.dsn)

    def add(self, count: int) -> list[str]:
        uuids = [str(uuid4()) for _ in range(count)]
        with psycopg.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO celery_job (uuid) VALUES (%s)", [(uuid,) for uuid in uuids]
            )
        return uuids

    def clear(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute("TRUNCATE celery_job")


class RpcStore(OdooStore):
    """The same jobs, over RPC."""

    def open(self) -> Outbox:
        addon = SqlAddon(self.dsn)
        return RpcOutbox(lambda: cast(Addon, addon))
