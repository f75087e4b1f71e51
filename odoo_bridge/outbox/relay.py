"""The relay: moves jobs from an outbox to the broker. Stateless; several may run.

Claim, publish with confirmation, commit, in that order. A crash between the last two publishes
again, which the fence makes harmless.
"""

from __future__ import annotations

import math
import time
from threading import Event

import structlog

from odoo_bridge.errors import Retryable
from odoo_bridge.ports import Outbox, Publisher

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 10.0


class Relay:
    """Serves one outbox until it is told to stop.

    ``batch`` jobs are claimed in one transaction. ``poll`` seconds is the longest that a job
    whose eta has come, or whose notification was lost, goes unseen. ``pace`` seconds lie between
    two claims while there is work: a claim of many costs hardly more than one of few.
    """

    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        *,
        batch: int = 100,
        poll: float = 1.0,
        pace: float = 0.02,
    ) -> None:
        self.outbox = outbox
        self.publisher = publisher
        self.batch = batch
        self.poll = poll
        self.pace = pace
        self.claimed_at = -math.inf
        """When the last claim succeeded, also of nothing (``time.monotonic``)."""

    def step(self) -> int:
        """Publish what can be claimed now, at most one batch. Returns how many jobs that was."""
        with self.outbox.claim(self.batch) as envelopes:
            if envelopes:
                self.publisher.publish(envelopes)
        if envelopes:
            log.info("jobs.published", outbox=self.outbox.name, jobs=len(envelopes))
        self.claimed_at = time.monotonic()
        return len(envelopes)

    def run(self, stop: Event) -> None:
        """Serve until ``stop`` is set. Outlives a database or a broker that is away."""
        pause = 0.1
        while not stop.is_set():
            try:
                # A full batch means that there may be more at once.
                if (claimed := self.step()) < self.batch:
                    if claimed:
                        stop.wait(self.pace)
                    self.outbox.wait(self.poll)
                pause = 0.1
            except Retryable as error:
                log.warning("relay.waits", outbox=self.outbox.name, error=str(error), seconds=pause)
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        self.outbox.close()
