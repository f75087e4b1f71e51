"""The addon's SQL, which stands in ``sql/*.sql``."""

import re
from functools import cache
from pathlib import Path

from .states import IDENTITY_HELD, NOT_NEEDED, NOT_REACHED, moves

SQL = Path(__file__).parent.parent / "sql"


@cache
def script(name, folder=SQL):
    """The whole text of ``sql/<name>.sql``, with what ``states`` says put in its places."""
    text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    places = {
        "moves": moves(),
        "identity_held": IDENTITY_HELD,
        "not_reached": NOT_REACHED,
        "not_needed": NOT_NEEDED,
    }
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@cache
def statement(name, folder=SQL):
    """The query ``name`` of a file, as ``"job.lock"`` is the part ``-- name: lock`` of job.sql."""
    file, _, query = name.partition(".")
    _before, *parts = re.split(r"^-- name: (\w+)\n", script(file, folder), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))[query]
