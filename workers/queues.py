"""Queues and sub-queues: what is scheduled apart and what workers serve together."""

from __future__ import annotations


def broker_queue(queue: str) -> str:
    """The queue of the broker that jobs of a queue go through: its name up to the first dot.

    ``root.mail`` is a sub-queue of ``root``: it has a window, a rate and a pause of its own in
    Odoo, and the workers of ``root``. So a queue may be added in Odoo without a new worker.
    """
    return queue.partition(".")[0]
