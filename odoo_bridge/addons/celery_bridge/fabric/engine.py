"""The job engine's SQL: what is installed in the database, in order."""

from .statements import script

SCRIPTS = (
    "tables",
    "transitions",
    "history",
    "wake",
    "notify_queue",
    "enqueue",
    "release",
    "admit",
    "sweep",
    "rate",
    "choose",
    "claim",
    "finish",
    "rescue",
    "bulk_tables",
    "upsert_tables",
)


def installation():
    """The scripts that make the engine; each may run again at every update."""
    return [script(name) for name in SCRIPTS]
