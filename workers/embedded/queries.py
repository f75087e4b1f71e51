"""The named queries of ``sql/*.sql``: each begins with a line ``-- name: its_name``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

from psycopg.sql import SQL

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def _queries() -> dict[str, SQL]:
    found: dict[str, SQL] = {}
    for file in (files(__package__) / "sql").iterdir():
        _head, *parts = _NAME.split(file.read_text("utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            found[name] = SQL(cast(LiteralString, text.strip()))
    return found


def query(name: str) -> SQL:
    """The query of this name, with its ``{places}`` to format. Raises ``KeyError``."""
    return _queries()[name]
