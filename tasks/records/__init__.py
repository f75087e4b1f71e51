"""Records, many at once: ``records.upsert`` and ``records.call``."""

from tasks.records.call import CallParams, call
from tasks.records.load import Loaded, LoadOptions, load_file
from tasks.records.upsert import UpsertParams, upsert

__all__ = [
    "CallParams",
    "LoadOptions",
    "Loaded",
    "UpsertParams",
    "call",
    "load_file",
    "upsert",
]
