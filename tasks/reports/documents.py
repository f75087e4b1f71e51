"""``reports.documents``: Odoo's own printed documents of many records, as one file."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from odoo_bridge.errors import ConfigurationError, Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.reading import chunks
from tasks.registry import Params, task

if TYPE_CHECKING:
    from tasks.reports.binding import Binding
    from tasks.reports.printing import Fetch, Printer

    PrinterOf = Callable[[Json, Fetch], Printer]

SHOWN = 50
"""Documents that failed, spelled out in the result."""


class DocumentsParams(Params):
    """Which report of which records."""

    report: str = Field(min_length=1)
    """As in ``account.report_invoice_with_payments``."""
    record_ids: list[int] | None = Field(default=None, max_length=100_000)
    domain: list[Any] = Field(default_factory=list)
    """Of the report's model; both hold."""
    engine: Literal["odoo", "worker"] = "odoo"
    """Who makes the PDF. ``worker``: Odoo gives HTML only."""
    form: Literal["pdf", "zip"] = "pdf"
    """One file with a bookmark for each document, or a file each."""
    batch: int = Field(default=20, ge=1, le=200)
    """Documents a call: so long a worker of Odoo is busy."""

    @model_validator(mode="after")
    def _say_which(self) -> DocumentsParams:
        if self.record_ids is None and not self.domain:
            raise ValueError("say which records: record_ids, domain, or both")
        return self


@task("reports.documents", queue="reports", time_limit=7200)
def documents(job: Job, params: DocumentsParams) -> Json:
    """Attach the printed documents of some records to the job, as one file.

    One that cannot be printed is named in the result; the others are delivered.
    """
    report = job.odoo["ir.actions.report"].celery_report(params.report)
    if params.engine == "odoo" and not report["can_print"]:
        raise ConfigurationError(
            'Odoo has no wkhtmltopdf: install it there, or say engine="worker"'
        )
    ids = _ids(job, params, report["model"])
    with TemporaryDirectory(prefix="documents-") as folder:
        return _bound(job, params, report, ids, Path(folder))


def _bound(job: Job, params: DocumentsParams, report: Json, ids: Sequence[int], at: Path) -> Json:
    bindings, printer_of = _tools()
    binding = bindings[params.form](at)
    made, pages, errors = 0, 0, {}
    for name, document in _documents(job, params, report, ids, printer_of):
        if isinstance(document, Exception):
            errors[name] = str(document)
            job.note(f"{name}: {document}")
            continue
        try:
            pages += binding.add(name, document)
            made += 1
        except Permanent as error:
            errors[name] = str(error)
    if errors and not made:
        raise Permanent(f"none could be printed: {dict(list(errors.items())[:SHOWN])}")
    if not made:
        return {"file": None, "documents": 0, "pages": 0, "failed": 0, "errors": {}}
    file = f"{report['name']}.{binding.suffix}".replace("/", "-")
    job.attach(file, binding.finish(), binding.mimetype)
    return {
        "file": file,
        "documents": made,
        "pages": pages,
        "failed": len(errors),
        "errors": dict(list(errors.items())[:SHOWN]),
    }


def _ids(job: Job, params: DocumentsParams, model: str) -> list[int]:
    """Those that are named in their order, also what is gone, to say so; else Odoo's own order."""
    if not params.domain:
        return list(dict.fromkeys(params.record_ids or ()))
    domain = list(params.domain)
    if params.record_ids is not None:
        domain = [("id", "in", params.record_ids), *domain]
    found: list[int] = job.odoo[model].search(domain)
    return found


def _documents(
    job: Job, params: DocumentsParams, report: Json, ids: Sequence[int], printer_of: PrinterOf
) -> Iterator[tuple[str, bytes | Permanent]]:
    odoo = job.odoo["ir.actions.report"]
    form = "pdf" if params.engine == "odoo" else "html"
    printer: Printer | None = None
    done = 0
    for some in chunks(ids, params.batch):
        job.check_cancelled()
        for row in odoo.celery_documents(params.report, list(some), form):
            if "html" in row and printer is None:
                printer = printer_of(report["paper"], lambda url: b64decode(odoo.celery_asset(url)))
            yield row["name"], _printed(row, printer)
            done += 1
            job.progress(done, len(ids), "print documents")
            job.check_cancelled()


def _printed(row: Json, printer: Printer | None) -> bytes | Permanent:
    if "error" in row:
        return Permanent(row["error"])
    if "pdf" in row:
        return b64decode(row["pdf"])
    assert printer is not None  # noqa: S101 - made with the first HTML
    try:
        return printer.pdf(row["html"])
    except Permanent as error:
        return error


def _tools() -> tuple[Mapping[str, Callable[[Path], Binding]], PrinterOf]:
    """Raises ``ConfigurationError`` without the extra that brings them."""
    try:
        from tasks.reports.binding import BINDINGS  # noqa: PLC0415
        from tasks.reports.printing import Printer  # noqa: PLC0415
    except (ImportError, OSError) as error:  # OSError: Pango is missing
        raise ConfigurationError(
            "to print documents, workers need odoo-celery-fabric[documents] and Debian's "
            f"libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0: {error}"
        ) from error
    return BINDINGS, Printer
