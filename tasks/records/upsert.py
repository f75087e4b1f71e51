"""``records.upsert``: a file's rows into a model, by external id."""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from odoo_bridge.job import Json
from tasks.cells import plain
from tasks.job import Job
from tasks.records.load import Loaded, LoadOptions, load_file
from tasks.records.sources import FileOptions, Format
from tasks.registry import Params, task

MOST_SHOWN = 10
"""Errors in the result; all of them are in the file."""


class UpsertParams(Params):
    """Which file, into which model."""

    model: str = Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*$")
    """``res.partner``"""
    attachment: int | None = None
    """An ``ir.attachment`` that the user may read."""
    path: str | None = None
    """A file of the worker, in one of ``FABRIC_FILE_DIRECTORIES``."""
    url: str | None = None
    """An address that begins as one of ``FABRIC_FILE_URLS`` does."""
    format: Format | None = None
    """``None``: by the file's name."""
    encoding: str = ""
    """Of CSV and JSON Lines; empty: UTF-8, or what its byte order mark says."""
    delimiter: str = Field(default="", max_length=1)
    """Of CSV; empty: what the header uses most of ``,``, ``;``, tab and ``|``."""
    sheet: str = ""
    """Of XLSX; empty: the first."""
    parent: str = ""
    """See ``LoadOptions.parent``."""
    batch: int = Field(default=200, ge=1, le=2_000)
    """Rows a transaction."""
    parallel: int = Field(default=2, ge=1, le=8)
    """Transactions at a time."""
    tracking: bool = False
    """Whether changes show in the records' chatter."""

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if sum(each is not None for each in (self.attachment, self.path, self.url)) != 1:
            raise ValueError("give one of attachment, path and url")
        return self


@task("records.upsert", queue="reports", time_limit=6 * 3600)
def upsert(job: Job, params: UpsertParams) -> Json:
    """Create or update records from a file.

    Its batches commit one by one; an attempt goes on where the one before it stopped. Bad rows
    are named in a file on the job.
    """
    options = LoadOptions(
        params.model,
        FileOptions(params.format, params.encoding, params.delimiter, params.sheet),
        params.batch,
        params.parallel,
        params.parent,
        params.tracking,
        _zone(job.envelope.context),
    )

    def tell(done: int, total: int, text: str) -> None:
        job.check_cancelled()
        job.progress(done, total, text)

    with TemporaryDirectory(prefix="records-upsert-") as directory:
        job.progress(0, 0, "the file is fetched")
        path, name = _file(job, params, Path(directory))
        loaded = load_file(job.odoo, path, name, options, tell)
        result = _result(loaded)
        if loaded.errors:
            result["file"] = f"{PurePosixPath(name).stem}-errors.csv"
            errors = Path(directory) / "errors.csv"
            _write_errors(loaded, errors)
            job.attach(result["file"], errors, "text/csv")
        return result


def _file(job: Job, params: UpsertParams, directory: Path) -> tuple[Path, str]:
    """Where the file is now, and what it is called."""
    if params.path is not None:
        return job.files.local(params.path), Path(params.path).name
    target = directory / "file"
    if params.attachment is not None:
        return target, job.files.download(params.attachment, target)
    url = params.url or ""
    job.files.fetch(url, target)
    return target, PurePosixPath(urlsplit(url).path).name


def _result(loaded: Loaded) -> Json:
    return {
        "rows": loaded.rows,
        "loaded": loaded.loaded,
        "created": loaded.created,
        "failed": len(loaded.errors),
        "errors": [
            {"line": line, "id": key, "error": error}
            for line, key, error in loaded.errors[:MOST_SHOWN]
        ],
        "file": None,
    }


def _write_errors(loaded: Loaded, path: Path) -> None:
    # With the mark that spreadsheet programs know UTF-8 by.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "id", "error"])
        writer.writerows((line, plain(key), plain(error)) for line, key, error in loaded.errors)


def _zone(context: Json) -> ZoneInfo:
    try:
        return ZoneInfo(context.get("tz") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
