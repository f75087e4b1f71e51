"""OCA's queue_job for tests: fetched from the Python index as the benchmarks fetch it."""

from __future__ import annotations

from pathlib import Path

from benchmarks import peer
from odoo_bridge.errors import ConfigurationError
from tests.conftest import unavailable

ADDON = "celery_bridge_queue_job"


def packages() -> Path:
    """The directory that holds queue_job and test_queue_job; skips, or fails in CI, without one."""
    try:
        return peer.packages()
    except ConfigurationError as error:
        unavailable(str(error))
