"""Threads that call Odoo as fast as they may: ``python -m benchmarks.hammer THREADS``.

Reads and writes in turns, through the fabric's client and its budget, as the settings in the
environment say. Prints a line when all are at work, and how many calls were made for each line
that it reads. Without threads it measures for all, as a relay does.
"""

from __future__ import annotations

import os
import sys
import time
from itertools import count
from threading import Thread

from odoo_bridge.errors import AppliedUnknown, OdooUnavailable
from odoo_bridge.rpc import Client, connect
from workers.budget import in_budget, measure_for_all
from workers.settings import Pool, settings

PAUSE = 0.2
"""Seconds after a call that Odoo did not answer."""


class Hammer(Thread):
    """One thread, with a partner of its own to write to."""

    def __init__(self, session: Client, number: int) -> None:
        super().__init__(daemon=True)
        self.calls = 0
        # Half of them are of a queue that nobody waits for.
        queue = "pricing" if number % 2 else "default"
        self._client = in_budget(session, queue, waited_for=False)
        (self._partner,) = session.execute_kw(
            "res.partner", "create", [[{"name": f"Hammer {number}"}]], {}
        )

    def run(self) -> None:
        for turn in count():
            try:
                self._call(turn)
                self.calls += 1
            except (OdooUnavailable, AppliedUnknown):
                time.sleep(PAUSE)  # as a worker does: an Odoo without a budget breaks connections

    def _call(self, turn: int) -> None:
        if turn % 2:
            fields = {"fields": ["name", "email", "city"], "limit": 80}
            self._client.execute_kw("res.partner", "search_read", [[]], fields)
        else:
            values = {"comment": f"<p>{turn}</p>"}
            self._client.execute_kw("res.partner", "write", [[self._partner], values], {})


def main(threads: int) -> None:
    """Hammer until the input ends."""
    config = settings()
    if threads:
        os.nice(Pool.model_fields["nice"].default)  # as a worker
    else:
        measure_for_all()
    # One for all, as in a worker: each open connection occupies a thread of a threaded Odoo.
    session = connect(config.odoo_account(), config.odoo_options())
    hammers = [Hammer(session, number) for number in range(threads)]
    for hammer in hammers:
        hammer.start()
    print("ready", flush=True)
    for _line in sys.stdin:
        print(sum(hammer.calls for hammer in hammers), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
