"""``reports.documents``: Odoo's own printed documents of many records, as one file."""

from __future__ import annotations

from base64 import b64decode
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from odoo_bridge.errors import ConfigurationError, Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.reading import ahead, chunks
from tasks.registry import Params, task
from tasks.reports.press import Presses, missing, presses
from tasks.reports.printed import Printed

if TYPE_CHECKING:
    from tasks.reports.binding import Binding

SHOWN = 50
"""Documents that failed, spelled out in the result."""
RUN = 20
"""Documents that are printed together: their fonts and pictures lie in the file once."""
ASSETS = 100
"""Style sheets, fonts and pictures that Odoo is asked for once, for all processes that print."""
UNPATCHED = (
    "Odoo's wkhtmltopdf has no patched Qt: it prints neither headers nor footers. "
    'Install the build that Odoo names, or say engine="worker".'
)
LOOK = 1.0
"""Seconds between two looks whether the job was cancelled."""


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
    binding = _binding(params.form, at)
    tally = _Tally()
    if params.engine == "odoo" and not report["patched"]:
        job.note(UNPATCHED)
    for names, printed in _documents(job, params, report, ids, single=binding.single):
        _bind(job, binding, tally, names, printed)
        job.progress(tally.made + tally.failed, len(ids), "print documents")
    if tally.failed and not tally.made:
        raise Permanent(f"none could be printed: {tally.errors}")
    file = None
    if tally.made:
        job.check_cancelled()
        job.progress(len(ids), len(ids), "bind documents")
        file = f"{report['name']}.{binding.suffix}".replace("/", "-")
        job.attach(file, binding.finish(), binding.mimetype)
    return {
        "file": file,
        "documents": tally.made,
        "pages": tally.pages,
        "failed": tally.failed,
        "errors": tally.errors,
    }


@dataclass(slots=True)
class _Tally:
    made: int = 0
    pages: int = 0
    failed: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """Of the first ones that failed, by name."""

    def lost(self, job: Job, name: str, reason: object) -> None:
        self.failed += 1
        if len(self.errors) < SHOWN:
            self.errors[name] = str(reason)
            job.note(f"{name}: {reason}")


def _bind(
    job: Job, binding: Binding, tally: _Tally, names: Sequence[str], printed: Printed
) -> None:
    begins, page = [], 0
    for name, pages in zip(names, printed.pages, strict=True):
        if isinstance(pages, Permanent):
            tally.lost(job, name, pages)
            continue
        begins.append((name, page))
        page += pages
    if not begins:
        return
    try:
        tally.pages += binding.add(printed.pdf, begins)
        tally.made += len(begins)
    except Permanent as error:
        for name, _page in begins:
            tally.lost(job, name, error)


def _ids(job: Job, params: DocumentsParams, model: str) -> list[int]:
    """Those that are named in their order, also what is gone, to say so; else Odoo's own order."""
    if not params.domain:
        return list(dict.fromkeys(params.record_ids or ()))
    domain = list(params.domain)
    if params.record_ids is not None:
        domain = [("id", "in", params.record_ids), *domain]
    found: list[int] = job.odoo[model].search(domain)
    return found


Waiting = tuple[Sequence[str], Callable[[], Sequence[Printed]]]
"""Names of documents, and what gives them once they are printed."""


def _documents(
    job: Job, params: DocumentsParams, report: Json, ids: Sequence[int], *, single: bool
) -> Iterator[tuple[Sequence[str], Printed]]:
    """Documents in order. The next batch is read while some are printed, and others bound."""
    odoo = job.odoo["ir.actions.report"]
    form = "pdf" if params.engine == "odoo" else "html"
    batches = (
        odoo.celery_documents(params.report, list(some), form) for some in chunks(ids, params.batch)
    )
    fetch = lru_cache(ASSETS)(lambda url: b64decode(odoo.celery_asset(url)))
    with presses(report["paper"], fetch) as at_work:
        waiting: deque[list[Waiting]] = deque()
        for rows in ahead(batches):
            job.check_cancelled()
            waiting.append(list(_begun(job, at_work, rows, 1 if single else RUN)))
            if len(waiting) > at_work.count:
                yield from _ended(waiting.popleft())
        while waiting:
            yield from _ended(waiting.popleft())


def _begun(job: Job, at_work: Presses, rows: Sequence[Json], most: int) -> Iterator[Waiting]:
    """Runs of documents that are to be printed, and between them what needs no printing."""
    for to_print, some in groupby(rows, lambda row: "html" in row):
        for run in chunks(list(some), most if to_print else 1):
            names = [row["name"] for row in run]
            if to_print:
                future = at_work.printing([row["html"] for row in run])
                yield names, partial(_awaited, job, future)
            else:
                yield names, partial(_as_it_came, run[0])


def _as_it_came(row: Json) -> list[Printed]:
    if "error" in row:
        return [Printed(b"", [Permanent(row["error"])])]
    return [Printed(b64decode(row["pdf"]), [0])]  # its binding counts the pages


def _awaited(job: Job, future: Future[list[Printed]]) -> list[Printed]:
    while not future.done():
        wait([future], LOOK)
        job.check_cancelled()
    return future.result()


def _ended(batch: Sequence[Waiting]) -> Iterator[tuple[Sequence[str], Printed]]:
    for names, results in batch:
        rest = list(names)
        for printed in results():
            count = len(printed.pages)
            yield rest[:count], printed
            rest = rest[count:]


def _binding(form: str, at: Path) -> Binding:
    """Raises ``ConfigurationError`` without the extra that brings the library."""
    try:
        from tasks.reports.binding import BINDINGS  # noqa: PLC0415
    except ImportError as error:
        raise missing(error) from error
    return BINDINGS[form](at)
