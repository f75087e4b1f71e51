"""Files that are too large for a write-back, on a real Odoo."""

from __future__ import annotations

import os
from base64 import b64decode
from hashlib import sha1
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from odoo_bridge.errors import Cancelled
from odoo_bridge.job import State
from odoo_bridge.rpc import files
from odoo_bridge.rpc.files import FileRules
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

RULES = FileRules(inline=1000)


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 4096)


def chunks(odoo: DevOdoo) -> int:
    with psycopg.connect(odoo.database_dsn) as connection:
        row = connection.execute("SELECT count(*) FROM celery_upload").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("size", [0, 1000, 1001, 4096, 4097, 8192, 50_000])
def test_what_is_attached_is_what_is_downloaded(
    jobs: Jobs, odoo: DevOdoo, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    job = jobs.job(rules=RULES)
    for given in (content, tmp_path / "file", BytesIO(content)):
        job.attach("x.bin", given, "application/octet-stream")
    assert all(("datas" in each.args) == (size <= 1000) for each in job.operations)
    verdict = jobs.commit(job)
    assert (verdict.state, verdict.error) == (State.DONE, "")
    fields = ("name", "datas", "checksum", "file_size", "mimetype", "res_model", "create_uid")
    found = jobs.find("ir.attachment", [("id", "in", list(verdict.results))], *fields)
    assert len(found) == 3
    for each in found:
        assert b64decode(each["datas"] or "") == content
        assert each["file_size"] == size
        assert each["res_model"] == "celery.job"
        if size:
            assert each["checksum"] == sha1(content).hexdigest()  # noqa: S324 (Odoo's own)
    assert chunks(odoo) == 0
    reader = jobs.job(rules=RULES)
    assert reader.files.download(verdict.results[0], tmp_path / "again") == "x.bin"
    assert (tmp_path / "again").read_bytes() == content


@pytest.mark.parametrize("state", [State.DEAD, State.SCHEDULED])
def test_nothing_stays_of_an_attempt_that_failed(jobs: Jobs, odoo: DevOdoo, state: State) -> None:
    job = jobs.job(rules=RULES)
    job.attach("x.bin", os.urandom(9000), "application/octet-stream")
    assert chunks(odoo) == 3
    jobs.commit(job, state)
    assert chunks(odoo) == 0


def test_nothing_stays_of_an_operation_that_odoo_refused(jobs: Jobs, odoo: DevOdoo) -> None:
    job = jobs.job(rules=RULES)
    content = os.urandom(9000)
    job.attach("x.bin", content, "application/octet-stream")
    job.write("res.partner", [2_000_000_000], {"name": "nobody"})
    verdict = jobs.commit(job)
    assert verdict.state is State.DEAD
    assert chunks(odoo) == 0
    checksum = sha1(content).hexdigest()  # noqa: S324 (Odoo's own)
    assert jobs.find("ir.attachment", [("checksum", "=", checksum)]) == []


def test_a_piece_that_is_missing(jobs: Jobs, odoo: DevOdoo) -> None:
    job = jobs.job(rules=RULES)
    job.attach("x.bin", os.urandom(9000), "application/octet-stream")
    with psycopg.connect(odoo.database_dsn) as connection:
        connection.execute("DELETE FROM celery_upload WHERE number = 1")
    verdict = jobs.commit(job)
    assert verdict.state is State.DEAD
    assert "incomplete: 4904 of 9000 bytes" in verdict.error


def test_a_late_attempt_uploads_nothing(jobs: Jobs, odoo: DevOdoo) -> None:
    job = jobs.job(rules=RULES)
    jobs.next_attempt(job.envelope)
    with pytest.raises(Cancelled, match="not in flight"):
        job.attach("x.bin", os.urandom(9000), "application/octet-stream")
    assert chunks(odoo) == 0
