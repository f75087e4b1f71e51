"""What everybody who asks for a report may say."""

from __future__ import annotations

from typing import Literal

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
