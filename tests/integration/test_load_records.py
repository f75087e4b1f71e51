"""``records.upsert`` on a real Odoo."""

from __future__ import annotations

import csv
import io
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from odoo_bridge.errors import Cancelled, ConfigurationError, OdooRejected, Permanent
from odoo_bridge.job import Json, State
from odoo_bridge.rpc.files import FileRules
from tasks.job import Job
from tasks.records import LoadOptions, UpsertParams, load_file, upsert
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

PARTNER, CATEGORY = "res.partner", "res.partner.category"


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture
def prefix() -> str:
    """Of the external ids of one test."""
    return f"t{uuid4().hex[:8]}"


Run = Callable[..., Json]


@pytest.fixture
def load(jobs: Jobs, tmp_path: Path) -> Run:
    """Run the task on a CSV text and commit it."""

    def run(text: str, model: str = PARTNER, job: Job | None = None, **params: Any) -> Json:
        (tmp_path / "rows.csv").write_text(text)
        job = job or jobs.job(rules=FileRules(directories=[tmp_path]))
        params = {"model": model, "path": str(tmp_path / "rows.csv"), **params}
        result: Json = upsert(job, UpsertParams(**params))
        verdict = jobs.commit(job, result=result)
        assert verdict.state is State.DONE, verdict.error
        return result

    return run


def partners(jobs: Jobs, prefix: str, *fields: str) -> list[Json]:
    return jobs.find(PARTNER, [("ref", "=like", f"{prefix}%")], *fields)


def test_creates_and_then_writes(jobs: Jobs, load: Run, prefix: str) -> None:
    lines = [f"{prefix}.p{n},{prefix}-{n},Name {n},{n}.5,base.be,1" for n in range(30)]
    header = "id,ref,name,credit_limit,country_id/id,is_company"
    header = header.replace("credit_limit", "partner_latitude")
    first = load("\n".join([header, *lines]), batch=4)
    assert (first["rows"], first["loaded"], first["created"], first["failed"]) == (30, 30, 30, 0)
    again = load("\n".join([header, *lines]).replace("Name", "New"), batch=7)
    assert (again["loaded"], again["created"], again["file"]) == (30, 0, None)
    found = partners(jobs, prefix, "name", "partner_latitude", "country_id", "is_company")
    assert sorted(row["name"] for row in found) == sorted(f"New {n}" for n in range(30))
    assert {row["country_id"][1] for row in found} == {"Belgium"}
    assert all(row["is_company"] for row in found)


def test_bad_rows_are_named_and_the_others_loaded(jobs: Jobs, load: Run, prefix: str) -> None:
    text = f"""id,ref,name,color,parent_id/id,lang
{prefix}.good,{prefix},Good,1,,
{prefix}.number,{prefix},Bad,red,,
{prefix}.missing,{prefix},Bad,1,{prefix}.nobody,
{prefix}.good,{prefix},Doubled,1,,
,{prefix},No id,1,,
{prefix}.short,{prefix}
{prefix}.empty,{prefix},,1,,
a b,{prefix},Bad id,1,,
sale.mine,{prefix},Module,1,,
base.be,{prefix},Country,1,,
{prefix}.lang,{prefix},Bad,1,,xx_YY
{prefix}.last,{prefix},Good too,2,{prefix}.good,en_US
"""
    job_of: list[Job] = []
    job = jobs.job()
    job_of.append(job)
    (attachment,) = jobs.call(
        "ir.attachment",
        "create",
        [{"name": "people.csv", "datas": b64encode(text.encode()).decode()}],
    )
    result = upsert(job, UpsertParams(model=PARTNER, attachment=attachment))
    assert (result["rows"], result["loaded"], result["failed"]) == (12, 2, 10)
    assert sorted(row["name"] for row in partners(jobs, prefix, "name")) == ["Good", "Good too"]
    verdict = jobs.commit(job, result=result)
    (file,) = jobs.find("ir.attachment", [("id", "=", verdict.results[0])], "name", "datas")
    assert file["name"] == "people-errors.csv"
    rows = list(csv.DictReader(io.StringIO(b64decode(file["datas"]).decode("utf-8-sig"))))
    told = {int(row["line"]): row["error"] for row in rows}
    assert told[3] == "color: 'red' is not a number, such as 1234.5"
    assert told[4] == f"No record of res.partner has the external id {prefix}.nobody."
    assert told[5] == "line 2 has the same external id"
    assert told[6] == "id: there is no external id"
    assert told[7] == "2 cells, but the header has 6"
    assert "name" in told[8].lower()
    assert told[9] == "id: 'a b' is no external id: module.name, without spaces"
    assert "module prefix sale" in told[10]
    assert "different model" in told[11]
    assert told[12].startswith("lang: 'xx_YY' is none of")


def test_parents_may_stand_below_their_children(jobs: Jobs, load: Run, prefix: str) -> None:
    result = load(f"""id,name,parent_id/id
{prefix}.c,C {prefix},{prefix}.b
{prefix}.b,B {prefix},{prefix}.a
{prefix}.a,A {prefix},
{prefix}.x,X {prefix},{prefix}.y
{prefix}.y,Y {prefix},{prefix}.x
{prefix}.z,Z {prefix},{prefix}.z
""", CATEGORY)  # fmt: skip
    assert (result["loaded"], result["failed"]) == (3, 3)
    assert "itself above it" in result["errors"][0]["error"]
    found = jobs.find(CATEGORY, [("name", "like", prefix)], "name", "parent_id")
    names = {row["name"][0]: row["parent_id"] and row["parent_id"][1] for row in found}
    assert names["A"] is False
    assert names["B"].startswith("A")
    assert "B" in names["C"]


class Killed(BaseException):
    """The worker is gone."""


def test_goes_on_where_a_lost_attempt_stopped(
    jobs: Jobs, load: Run, prefix: str, tmp_path: Path, odoo: DevOdoo
) -> None:
    text = "id,ref,name\n" + "".join(f"{prefix}.p{n},{prefix},Name {n}\n" for n in range(100))
    path = tmp_path / "rows.csv"
    path.write_text(text)
    first = jobs.job(rules=FileRules(directories=[tmp_path]))
    options = LoadOptions(PARTNER, batch=5, parallel=1)

    def die(done: int, _total: int, _text: str) -> None:
        if done:
            raise Killed

    with pytest.raises(Killed):
        load_file(first.odoo, path, "rows.csv", options, die)
    before = {row["id"] for row in partners(jobs, prefix)}
    with psycopg.connect(odoo.database_dsn) as connection:
        (done,) = connection.execute(
            "SELECT sum((answer->>'loaded')::integer) FROM celery_load_batch WHERE uuid = %s",
            [first.uuid],
        ).fetchone() or (0,)
    assert 0 < len(before) == done < 100
    stamps = jobs.find(PARTNER, [("id", "in", list(before))], "write_date")

    second = jobs.job(jobs.next_attempt(first.envelope), FileRules(directories=[tmp_path]))
    path.write_text(text.replace("Name 0", "Other"))
    with pytest.raises(Permanent, match="not those of the attempt that began"):
        load_file(second.odoo, path, "rows.csv", LoadOptions(PARTNER, batch=5))
    result = load(text, job=second, batch=5)
    assert (result["loaded"], result["created"], result["failed"]) == (100, 100, 0)
    after = partners(jobs, prefix)
    assert len(after) == 100
    assert jobs.find(PARTNER, [("id", "in", list(before))], "write_date") == stamps
    # The late first attempt is refused.
    with pytest.raises(Cancelled, match="not in flight"):
        load_file(first.odoo, path, "rows.csv", options)


def test_two_loads_of_the_same_keys_at_once(
    jobs: Jobs, tmp_path: Path, prefix: str, odoo: DevOdoo
) -> None:
    """In opposite order, with the same parents: neither deadlocks nor doubles."""
    loads = [jobs.job() for _ in range(3)]
    parents = [f"{prefix}.parent{n},Parent {n},{prefix}," for n in range(4)]
    rows = [f"{prefix}.p{n},Name {n},{prefix},{prefix}.parent{n % 4}" for n in range(120)]
    header = "id,name,ref,parent_id/id"
    with psycopg.connect(odoo.database_dsn) as connection:
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        before = connection.execute(deadlocks).fetchone()

        def run(number: int) -> Any:
            path = tmp_path / f"{number}.csv"
            mine = [*parents, *rows]
            path.write_text("\n".join([header, *(reversed(mine) if number % 2 else mine)]))
            options = LoadOptions(PARTNER, batch=10, parallel=2)
            return load_file(loads[number].odoo, path, path.name, options)

        with ThreadPoolExecutor(3) as threads:
            results = list(threads.map(run, range(3)))
        connection.rollback()
        after = connection.execute(deadlocks).fetchone()
    assert [each.errors for each in results] == [[], [], []]
    assert sum(each.created for each in results) == len(partners(jobs, prefix)) == 124
    assert before == after


def test_without_the_addon(jobs: Jobs, tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "rows.csv"
    header = "id,ref,name,partner_latitude,country_id/id,category_id/id,company_id/.id,active"
    good = [f"{prefix}.p{n},{prefix},Name {n},{n}.5,base.be,,1,1" for n in range(12)]
    bad = [f"{prefix}.bad,{prefix},Bad,1,{prefix}.nowhere,,,1"]
    path.write_text("\n".join([header, *good, *bad]))
    options = LoadOptions(PARTNER, batch=5)
    first = load_file(jobs.admin.env, path, path.name, options)
    again = load_file(jobs.admin.env, path, path.name, options)
    for each in (first, again):
        assert (each.loaded, each.created) == (12, None)
        ((line, key, error),) = each.errors
        assert (line, key) == (14, f"{prefix}.bad")
        assert "nowhere" in error
    found = partners(jobs, prefix, "partner_latitude", "company_id")
    assert len(found) == 12
    assert {row["company_id"][0] for row in found} == {1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("id,nmae\na,b", "no field 'nmae' for this user; is name meant"),
        ("name\nb", "no column id"),
        ("id,parent_id\na,b", "name it parent_id/id"),
        ("id,child_ids/name\na,b", "one2many"),
        ("id,name,name\na,b,c", "twice"),
    ],
)
def test_a_file_that_means_nothing(load: Run, text: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        load(text)


def test_an_unknown_model(load: Run) -> None:
    with pytest.raises(OdooRejected, match="does not exist"):
        load("id,name\na,b", "res.nonesuch")


def test_a_guarded_model(load: Run) -> None:
    with pytest.raises(OdooRejected, match="out of reach"):
        load("id,name\na,b", "res.users")


def test_only_files_that_jobs_may_read(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("id\n1")
    job = jobs.job(rules=FileRules(directories=[tmp_path / "in"], urls=["https://files.example/"]))
    for given in (
        {"path": str(tmp_path / "in/../secret.csv")},
        {"url": "http://169.254.169.254/latest/x.csv"},
    ):
        with pytest.raises(ConfigurationError, match="FABRIC_FILE_"):
            upsert(job, UpsertParams(model=PARTNER, **given))
    with pytest.raises(OdooRejected, match="no file with the id"):
        upsert(job, UpsertParams(model=PARTNER, attachment=2_000_000_000))
