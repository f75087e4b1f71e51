"""A document becomes a file of the format asked for, and hangs on the job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.reports.kit import csv_file, html, parquet, pdf, xlsx
from tasks.reports.kit.document import Document
from tasks.reports.kit.params import MIMETYPES, Format, ReportParams
from tasks.reports.kit.rows import counted

Writer = Callable[[Document, Path], int]
WRITERS: Mapping[Format, Writer] = {
    "xlsx": xlsx.write,
    "csv": csv_file.write,
    "parquet": parquet.write,
    "pdf": pdf.write,
    "html": html.write,
}
"""Each takes the rows once and returns how many lines there were."""


def render(document: Document, form: Format, target: Path) -> int:
    """Write the file; returns its lines. Raises ``Permanent``, ``ConfigurationError``."""
    return WRITERS[form](document, target)


def produce(job: Job, document: Document, params: ReportParams, lines: int = 0) -> Json:
    """Attach the document to the job: ``{"file", "rows", "bytes"}``, the result of a report's task.

    ``lines`` is how many there will be, for the progress; 0 when nobody knows. Raises ``Cancelled``
    in the middle when the job is no longer wanted, and whatever taking the rows raises.
    """
    name = f"{document.name}.{params.format}"

    def tell(done: int) -> None:
        job.check_cancelled()
        job.progress(done, max(done, lines) if lines else 0, name)

    sheets = [replace(sheet, rows=counted(sheet.rows, tell)) for sheet in document.sheets]
    with TemporaryDirectory(prefix="report-") as directory:
        target = Path(directory) / "report"
        rows = render(replace(document, sheets=sheets), params.format, target)
        size = target.stat().st_size
        job.attach(name, target, MIMETYPES[params.format])
    return {"file": name, "rows": rows, "bytes": size}
