"""A load of a file goes on where a worker that was killed had stopped, and names every bad row.

``FABRIC_TEST_LOAD_ROWS=100000`` makes the long form of it.
"""

from __future__ import annotations

import csv
import io
import os
import signal
from base64 import b64decode, b64encode
from uuid import uuid4

import psycopg

from odoo_bridge.job import FINAL
from tests.acceptance.conftest import Fabric, wait_until

MODEL = "res.partner.category"
"""Records that cost Odoo little."""
ROWS = int(os.environ.get("FABRIC_TEST_LOAD_ROWS", "3000"))
SLOWEST = 50.0
"""Rows a second, at least."""
BAD = {
    17: ("red", "", "color: 'red' is not a number, such as 1234.5"),
    1_500: ("1", "base.nowhere", f"No record of {MODEL} has the external id base.nowhere."),
    ROWS - 1: ("", "", "line 2 has the same external id"),
}
"""By row: its color, its parent, and what is said of it."""
RECORDS = "SELECT id, write_date::text FROM res_partner_category WHERE name->>'en_US' LIKE %s"


def rows_of(prefix: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "name", "color", "parent_id/id"])
    for number in range(ROWS):
        color, parent, _error = BAD.get(number, (str(number % 10), "", ""))
        key = 0 if number == ROWS - 1 else number
        writer.writerow([f"{prefix}.p{key}", f"{prefix} {number}", color, parent])
    return text.getvalue()


def worker_of(running: Fabric) -> int:
    (pid,) = [each.pid for each in running.supervisor.status() if each.name == "worker-compute"]
    return pid


def test_a_load_outlives_its_worker(running: Fabric) -> None:
    prefix = f"load{uuid4().hex[:8]}"
    data = b64encode(rows_of(prefix).encode()).decode()
    values = {"name": "tags.csv", "datas": data}
    (attachment,) = running.call("ir.attachment", "create", [values])
    # Small batches: many are done before the kill, and many after.
    params = {"model": MODEL, "attachment": attachment, "batch": max(50, ROWS // 500)}
    job = running.enqueue("records.upsert", params)

    with psycopg.connect(running.odoo.database_dsn, autocommit=True) as database:

        def committed() -> dict[int, str]:
            """When each record of the load was last written."""
            return dict(database.execute(RECORDS, [f"{prefix} %"]).fetchall())

        def half_way() -> bool:
            row = running.job(job)
            assert row["state"] not in FINAL, (row["state"], row["error"])
            return bool(row["progress_done"]) and len(committed()) > 500

        wait_until(half_way, 60)
        lost = running.job(job)["attempt"]
        os.kill(worker_of(running), signal.SIGKILL)

        def put_back() -> bool:
            return bool(running.job(job)["attempt"] > lost)

        wait_until(put_back, 30)
        before = committed()
        assert 500 < len(before) < ROWS - len(BAD)

        def ended() -> bool:
            running.supervisor.watch()
            return running.job(job)["state"] in FINAL

        wait_until(ended, 60 + ROWS / SLOWEST)
        after = committed()
        (named,) = database.execute(
            "SELECT count(DISTINCT res_id) FROM ir_model_data WHERE module = %s", [prefix]
        ).fetchone() or (0,)

    row = running.job(job)
    assert (row["state"], row["error"]) == ("done", False)
    good = ROWS - len(BAD)
    assert len(after) == named == good
    assert {record: after[record] for record in before} == before  # none was written again
    result = row["result"]
    told = (result["rows"], result["loaded"], result["created"], result["failed"])
    assert told == (ROWS, good, good, len(BAD))

    (file,) = running.call("ir.attachment", "read", row["attachment_ids"], ["name", "datas"])
    assert file["name"] == result["file"] == "tags-errors.csv"
    text = b64decode(file["datas"]).decode("utf-8-sig")
    errors = {int(each["line"]): each["error"] for each in csv.DictReader(io.StringIO(text))}
    assert errors == {number + 2: error for number, (*_cells, error) in BAD.items()}
