"""What an admin sees in Flower is what became of the job."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from odoo_bridge.job import State, Verdict
from workers.app import JobDead, shown


def test_done_succeeds() -> None:
    assert shown(Verdict("u", 1, True, State.DONE)) == "done"


def test_dead_is_a_failure_with_its_error() -> None:
    with pytest.raises(JobDead, match="no such field"):
        shown(Verdict("u", 1, True, State.DEAD, "no such field"))


def test_a_retry_is_a_retry() -> None:
    with pytest.raises(Retry):
        shown(Verdict("u", 1, True, State.SCHEDULED))


def test_a_refused_copy_is_no_failure_of_its_own() -> None:
    assert shown(Verdict("u", 1, False, State.DEAD)) == "dead"
