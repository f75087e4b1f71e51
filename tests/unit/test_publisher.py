"""How a message is ranked in the broker."""

from __future__ import annotations

import pytest

from odoo_bridge.job import Envelope
from workers.publisher import broker_priority, packed


@pytest.mark.parametrize(
    ("priority", "rank"), [(-1, 0), (0, 0), (4, 0), (5, 3), (9, 3), (10, 6), (11, 9), (99, 9)]
)
def test_a_priority_has_one_of_the_four_ranks(priority: int, rank: int) -> None:
    assert broker_priority(priority) == rank


def test_a_batch_holds_jobs_of_one_rank() -> None:
    urgent, usual, later = (
        Envelope(str(each), 1, "webhooks.ingest", "webhooks", priority=each) for each in (1, 10, 20)
    )
    assert list(packed([urgent, usual, later])) == [[urgent], [usual], [later]]
