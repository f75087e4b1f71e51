"""The addon's SQL, which stands in ``sql/*.sql``."""

import re
from functools import cache
from pathlib import Path

SQL = Path(__file__).parent.parent / "sql"


@cache
def script(name):
    """The whole text of ``sql/<name>.sql``: DDL that runs at install and update."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name):
    """The query ``name`` of a file, as ``"job.lock"`` is the part ``-- name: lock`` of job.sql."""
    file, _, query = name.partition(".")
    _before, *parts = re.split(r"^-- name: (\w+)\n", script(file), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))[query]
