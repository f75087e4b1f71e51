"""The stores that the outbox contract runs on: each can take in jobs and open outboxes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg

from odoo_bridge.job import Envelope
from odoo_bridge.ledger import migrate
from odoo_bridge.outbox import ledger_outbox, odoo_outbox
from odoo_bridge.ports import Outbox
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
                "INSERT INTO delivery (uuid, source, event_id, body) VALUES (%s, %s, %s, '')",
                [(uuid, "shopify", f"event {uuid}") for uuid in uuids],
            )
        return uuids

    def clear(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute("TRUNCATE delivery")


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
