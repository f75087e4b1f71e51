"""``reports.documents``: Odoo's printed documents in bulk, by wkhtmltopdf and by the worker."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import psutil
import pypdfium2
import pytest

from odoo_bridge.errors import AccessRefused, Cancelled, OdooRejected, Permanent
from odoo_bridge.job import Envelope, Json, State
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.files import FileRules
from tasks.job import Job
from tasks.reports.documents import DocumentsParams, documents
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

REPORT = "sale.report_saleorder"
PICTURES = os.environ.get("FABRIC_TEST_PICTURES", "")
"""A directory for pictures of the first pages, to look at."""
wkhtmltopdf = pytest.mark.skipif(
    not shutil.which("wkhtmltopdf"), reason="Odoo's own PDFs need wkhtmltopdf"
)


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture(scope="module")
def orders(jobs: Jobs) -> list[Json]:
    """Some of the demo data's, with lines."""
    return jobs.find("sale.order", [["order_line", "!=", False]], "name", "partner_id")[:5]


def printed(
    jobs: Jobs, ids: list[int], envelope: Envelope | None = None, **params: Any
) -> tuple[Json, bytes, Job]:
    job = jobs.job(envelope, FileRules(inline=2**26))  # so that the file is in the operation
    asked = {"report": REPORT, "record_ids": ids, "engine": "worker", **params}
    result = documents(job, DocumentsParams.model_validate(asked))
    [attached] = job.operations
    return result, b64decode(attached.args["datas"]), job


def texts(content: bytes) -> list[str]:
    """Of the pages."""
    document = pypdfium2.PdfDocument(content)
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


def look(content: bytes | Path, name: str, page: int = 0) -> None:
    if PICTURES:
        drawn = pypdfium2.PdfDocument(content)[page].render(scale=1.5)
        drawn.to_pil().save(Path(PICTURES) / f"{name}.png")


def ink(content: bytes, page: int) -> float:
    """How much of a page is not white."""
    grey = pypdfium2.PdfDocument(content)[page].render(grayscale=True).to_numpy()
    return float((grey < 250).mean())


def bookmarks(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_outline() as outline:
        return [item.title for item in outline.root]


ENGINES = ["worker", pytest.param("odoo", marks=wkhtmltopdf)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_book_of_orders(jobs: Jobs, orders: list[Json], engine: str) -> None:
    ids = [order["id"] for order in orders]
    result, content, job = printed(jobs, [*ids, 10**9], engine=engine)
    look(content, f"order-{engine}")
    assert (result["documents"], result["failed"]) == (len(ids), 1)
    assert result["errors"] == {str(10**9): "gone, or the user may not read it"}
    names = [order["name"] for order in orders]
    assert [each.split(" - ")[0] for each in bookmarks(content)] == names
    pages = texts(content)
    assert len(pages) == result["pages"] >= len(ids)
    if engine == "worker":
        assert all(any(order["name"] in page for page in pages) for order in orders)
        assert any("Page 1 / " in page for page in pages)
    else:  # wkhtmltopdf draws the letters of Odoo's own font as shapes
        assert all(ink(content, number) > 0.01 for number in range(len(pages)))
    assert jobs.commit(job, result=result).error == ""
    [stored] = jobs.find("ir.attachment", [["name", "=", result["file"]]], "mimetype")[-1:]
    assert stored["mimetype"] == "application/pdf"


def test_a_zip_of_single_files(jobs: Jobs, orders: list[Json]) -> None:
    ids = [order["id"] for order in orders[:2]]
    result, content, _job = printed(jobs, ids, form="zip")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = packed.namelist()
        assert len(names) == 2
        assert all(name.endswith(".pdf") and "/" not in name for name in names)
        assert orders[0]["name"] in "".join(texts(packed.read(names[0])))
    assert result["file"].endswith(".zip")


def test_only_what_the_domain_finds(jobs: Jobs, orders: list[Json]) -> None:
    ids = [order["id"] for order in orders]
    domain = [["name", "=", orders[1]["name"]]]
    result, content, _job = printed(jobs, ids, domain=domain)
    assert result["documents"] == 1
    assert orders[1]["name"] in "".join(texts(content))


def test_nothing_to_print_is_no_error(jobs: Jobs) -> None:
    job = jobs.job()
    asked = DocumentsParams(report=REPORT, domain=[["name", "=", "nothing"]], engine="worker")
    assert documents(job, asked)["documents"] == 0
    assert job.operations == []


def test_a_report_that_is_not_there(jobs: Jobs) -> None:
    with pytest.raises(OdooRejected, match="no printed report"):
        printed(jobs, [1], report="sale.nothing")


def test_when_none_can_be_printed_the_job_fails(jobs: Jobs) -> None:
    with pytest.raises(Permanent, match="none could be printed"):
        printed(jobs, [10**9])


def test_who_may_not_read_the_model_gets_nothing(
    jobs: Jobs, odoo: DevOdoo, orders: list[Json]
) -> None:
    _client, envelope = jobs.of_somebody(odoo, 1, "base.group_user")
    job = jobs.job(envelope)
    with pytest.raises(AccessRefused) as refused:
        documents(job, DocumentsParams(report=REPORT, record_ids=[orders[0]["id"]]))
    assert "Sales Order" in str(refused.value)
    assert orders[0]["name"] not in str(refused.value)
    assert job.operations == []


def test_whose_rights_leave_out_records_gets_the_others(
    jobs: Jobs, odoo: DevOdoo, orders: list[Json]
) -> None:
    foreign, own = [jobs.call("sale.order", "copy", [orders[0]["id"]])[0] for _ in range(2)]
    client, envelope = jobs.of_somebody(odoo, 1, "sales_team.group_sale_salesman")
    jobs.call("sale.order", "write", [own], {"user_id": client.env.uid})
    result, content, _job = printed(jobs, [foreign, own], envelope=envelope)
    assert result["documents"] == 1
    assert result["errors"] == {str(foreign): "gone, or the user may not read it"}
    (name,) = jobs.find("sale.order", [["id", "=", foreign]], "name")
    assert name["name"] not in "".join(texts(content))


def test_what_is_deleted_between_batches_is_named(
    jobs: Jobs, orders: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [jobs.call("sale.order", "copy", [orders[0]["id"]])[0] for _ in range(3)]
    read = Bulk.read
    to_go = [ids[1]]

    def reading(self: Bulk, model: str, method: str, *args: Any) -> Any:
        """After the first batch, the record of the second goes."""
        answer = read(self, model, method, *args)
        if method == "celery_documents" and to_go:
            jobs.call("sale.order", "unlink", [to_go.pop()])
        return answer

    monkeypatch.setattr(Bulk, "read", reading)
    result, content, _job = printed(jobs, ids, batch=1)
    assert (result["documents"], result["failed"]) == (2, 1)
    assert result["errors"] == {str(ids[1]): "gone, or the user may not read it"}
    assert len(bookmarks(content)) == 2


MANY = int(os.environ.get("FABRIC_TEST_DOCUMENTS", "0"))


@pytest.mark.skipif(not MANY, reason="set FABRIC_TEST_DOCUMENTS=5000: it takes half an hour")
@pytest.mark.timeout(7200)
def test_thousands(jobs: Jobs, orders: list[Json]) -> None:
    """At flat memory, into a file of which every page is one."""
    ids = [order["id"] for order in orders]
    copied: list[int] = []
    while len(copied) < MANY:
        copied += jobs.call("sale.order", "copy", ids[: MANY - len(copied)])
    job = jobs.job()  # the file is uploaded in pieces
    params = DocumentsParams(report=REPORT, record_ids=copied, engine="worker")
    before = psutil.Process().memory_info().rss
    result = documents(job, params)
    grown = psutil.Process().memory_info().rss - before
    assert (result["documents"], result["failed"]) == (MANY, 0)
    assert grown < 150 * 2**20
    verdict = jobs.commit(job, result=result)
    assert (verdict.state, verdict.error) == (State.DONE, "")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "all.pdf"
        jobs.job().files.download(verdict.results[0], file)
        pdf = pypdfium2.PdfDocument(file)
        assert len(pdf) == result["pages"]
        assert all(pdf[page].get_textpage().get_text_range() for page in range(len(pdf)))
        for page in (0, len(pdf) // 2, len(pdf) - 1):
            look(file, f"thousands-{page + 1}", page)


def test_a_cancelled_job_stops(jobs: Jobs, orders: list[Json]) -> None:
    job = jobs.job()
    job.pulse.cancelled = True
    with pytest.raises(Cancelled):
        documents(job, DocumentsParams(report=REPORT, record_ids=[orders[0]["id"]]))
    assert job.operations == []
