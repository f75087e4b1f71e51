"""Odoo's and the relay's side of the job engine, without Odoo: the same SQL on one connection."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from tests.integration.engine_schema import statement

Row = dict[str, Any]
COMMON = {
    "task": "demo.task",
    "queue": "default",
    "priority": 10,
    "max_attempts": 3,
    "user_id": 1,
    "company_id": 1,
    "context": {},
    "correlation_id": "c-1",
}
TABLES = "celery_job, celery_job_wake, celery_job_edge, celery_queue, celery_queue_bucket"


class Engine:
    """Calls the engine as its callers do. Each call is a transaction unless one is open."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        self.connection.close()

    def clear(self) -> None:
        self.execute("RESET celery_job.memory")
        self.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
        self.execute("UPDATE celery_sweep SET next_at = now() + interval '1 hour'")

    def execute(self, query: str, values: Any = None) -> list[Row]:
        cursor = self.connection.execute(query, values)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []

    def enqueue(self, *jobs: Row, **common: Any) -> list[int]:
        """Ids, one a job."""
        rows = [{"uuid": str(uuid4()), "params": {}, **job} for job in jobs or ({},)]
        values = {"jobs": json.dumps(rows), "common": json.dumps({**COMMON, **common})}
        return [row["id"] for row in self.execute(statement("job.enqueue"), values)]

    def claim(self, limit: int = 100) -> list[Row]:
        return self.execute(statement("job.claim"), {"limit": limit})

    def claimed(self, limit: int = 100) -> list[int]:
        """Ids of what a claim takes, in order."""
        ids = {row["uuid"]: row["id"] for row in self.execute("SELECT id, uuid FROM celery_job")}
        found = self.claim(limit)
        ids |= {row["uuid"]: row["id"] for row in self.execute("SELECT id, uuid FROM celery_job")}
        return [ids[row["uuid"]] for row in found]

    def claimed_ids(self, limit: int = 100) -> list[int]:
        """As ``claimed``, in any order, without looking at all jobs."""
        uuids = [job["uuid"] for job in self.claim(limit)]
        rows = self.execute("SELECT id FROM celery_job WHERE uuid = ANY (%s)", [uuids])
        return [row["id"] for row in rows]

    def finish(self, *ids: int, state: str = "done", **values: Any) -> None:
        """Write back without the fence: the outcome of what is in flight."""
        count = len(ids)
        columns = {
            "ids": list(ids),
            "states": [state] * count,
            "results": [json.dumps(values.get("result"))] * count,
            "errors": [values.get("error", "")] * count,
            "tracebacks": [""] * count,
            "retry_in": [values.get("retry_in", 0.0)] * count,
            "counts": [values.get("counts", True)] * count,
            "started_at": [0.0] * count,
            "seconds": [0.1] * count,
            "workers": ["w"] * count,
        }
        self.execute(statement("job.finish"), columns)

    def cancel(self, *ids: int) -> list[int]:
        values = {"ids": list(ids), "uid": 1}
        return [row["id"] for row in self.execute(statement("job.cancel"), values)]

    def requeue(self, *ids: int) -> list[int]:
        family = self.execute(statement("job.with_followers"), {"ids": list(ids)})
        values = {"ids": [row["id"] for row in family], "uid": 1}
        return [row["id"] for row in self.execute(statement("job.requeue"), values)]

    def queue(self, name: str = "default", **values: Any) -> None:
        self.execute(
            "INSERT INTO celery_queue (name, paused, window_size) VALUES (%s, false, 100)"
            " ON CONFLICT (name) DO NOTHING",
            [name],
        )
        for column, value in values.items():
            self.execute(
                f"UPDATE celery_queue SET {column} = %s WHERE name = %s",  # noqa: S608
                [value, name],
            )

    def states(self) -> dict[int, str]:
        rows = self.execute("SELECT id, state FROM celery_job ORDER BY id")
        return {row["id"]: row["state"] for row in rows}

    def job(self, job_id: int) -> Row:
        [row] = self.execute("SELECT * FROM celery_job WHERE id = %s", [job_id])
        return row

    def due(self, *ids: int) -> None:
        """Let the clock jump: what is scheduled is due now."""
        self.execute("UPDATE celery_job SET eta = '2000-01-01' WHERE id = ANY (%s)", [list(ids)])
