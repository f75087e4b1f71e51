"""Sub-queues: scheduled apart, served together."""

from __future__ import annotations

import pytest

from workers.queues import broker_queue


@pytest.mark.parametrize(
    ("queue", "served_as"),
    [("default", "default"), ("root", "root"), ("root.mail", "root"), ("root.mail.news", "root")],
)
def test_a_sub_queue_goes_through_the_queue_above_all(queue: str, served_as: str) -> None:
    assert broker_queue(queue) == served_as
