"""The named queries of ``sql/*.sql``: each begins with a line ``-- name: its_name``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def _queries() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in (files(__package__) / "sql").iterdir():
        _head, *parts = _NAME.split(file.read_text("utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"two queries are named {name!r}")
            found[name] = text.strip().encode()
    return found


def query(name: str) -> bytes:
    """The query of this name. Raises ``KeyError``."""
    return _queries()[name]
