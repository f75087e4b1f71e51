"""A running job that is cancelled stops, and leaves nothing behind."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Fabric, wait_until
from tests.acceptance.liveness.conftest import Naps


@pytest.mark.parametrize("task", ["test.nap", "test.nap_in_child"], ids=["thread", "child"])
@pytest.mark.parametrize("stubborn", [False, True], ids=["asks", "is_stopped"])
def test_a_running_job_that_is_cancelled_stops(
    running: Fabric, naps: Naps, task: str, stubborn: bool
) -> None:
    job = naps.enqueue(30, task, stubborn=stubborn)
    naps.wait_begun(1)
    running.call("celery.job", "action_cancel", [job])
    wait_until((naps.folder / f"{naps.marker}.cancelled").exists, 10)
    assert naps.ended(job) == "cancelled"
    assert naps.partners() == 0
    assert list(naps.begun()) == [1]
