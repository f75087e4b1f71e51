"""The job engine's SQL: what is installed in the database, in order."""

from .states import moves
from .statements import script

SCRIPTS = ("transitions", "history", "notify_job", "claim", "rescue")


def installation():
    """The scripts that make the engine; each may run again at every update."""
    return [script(name).replace("{moves}", moves()) for name in SCRIPTS]
