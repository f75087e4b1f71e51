"""What everybody who asks for a report may say."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tasks.registry import Params

Format = Literal["xlsx", "csv", "parquet", "pdf", "html"]

MIMETYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "html": "text/html",
}


class ReportParams(Params):
    """Base of every report's params."""

    format: Format = "xlsx"
    """The file's. Parquet needs the extra ``columns``."""


def ids_of(model: str, title: str) -> Any:
    """A param of ids, none by default; Odoo's forms let people choose them by their names."""
    return Field(default=(), title=title, json_schema_extra={"records": model})
