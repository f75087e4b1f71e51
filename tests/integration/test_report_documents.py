"""``reports.documents``: Odoo's printed documents in bulk, by wkhtmltopdf and by the worker."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from odoo_bridge.errors import Cancelled, OdooRejected, Permanent
from odoo_bridge.job import Json
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


def printed(jobs: Jobs, ids: list[int], **params: Any) -> tuple[Json, bytes, Job]:
    job = jobs.job(rules=FileRules(inline=2**26))  # so that the file is in the operation
    asked = {"report": REPORT, "record_ids": ids, "engine": "worker", **params}
    result = documents(job, DocumentsParams.model_validate(asked))
    [attached] = job.operations
    return result, b64decode(attached.args["datas"]), job


def texts(content: bytes) -> list[str]:
    """Of the pages."""
    document = pypdfium2.PdfDocument(content)
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


def look(content: bytes, name: str) -> None:
    if PICTURES:
        page = pypdfium2.PdfDocument(content)[0].render(scale=1.5)
        page.to_pil().save(Path(PICTURES) / f"{name}.png")


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


def test_a_cancelled_job_stops(jobs: Jobs, orders: list[Json]) -> None:
    job = jobs.job()
    job.pulse.cancelled = True
    with pytest.raises(Cancelled):
        documents(job, DocumentsParams(report=REPORT, record_ids=[orders[0]["id"]]))
    assert job.operations == []
