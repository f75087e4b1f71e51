"""Prices into Odoo's table: with a job's outcome, or ahead of it, a call after another.

What a job stores ahead of its outcome lasts: another attempt goes on behind it. Nobody reads a
pricelist back until all its prices are there; docs/adr/0014 says how.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.moment import Day, Kept
from tasks.pricing.table import Prices

LANES = 2
"""Calls at a time, each of another pricelist or day."""
SECONDS = 1.0
"""That a call should take: a worker of Odoo is held no longer, and little is done again."""
FIRST, LEAST, MOST = 20_000, 1_000, 100_000
"""Rows of the first call, whose cost sets the size of the others; and their bounds."""

Claimed = Mapping[Kept, int | None]
"""The product up to which this job has stored them; ``None``: all of them."""


def store(job: Job, kept: Kept, prices: Prices, seen: str) -> None:
    """Have prices written where they differ, with the job's result.

    ``seen`` is what ``celery.price.begin`` said before they were read.
    """
    first = 0
    while first < len(prices):
        stop = prices.end(first, MOST)
        texts = prices.part(first, stop).texts()
        args = (kept.pricelist_id, *texts, seen, *kept.told_day)
        job.call("celery.price", [], "store_columns", *args)
        first = stop


def claim(job: Job, pricelist_ids: Sequence[int], days: Sequence[Day | None]) -> Claimed:
    """Take pricelists, to store all their prices; without those that the user may not change."""
    claimed: dict[Kept, int | None] = {}
    for day in days:
        answer = _ahead(job, "claim", list(pricelist_ids), job.uuid, *Kept(0, day).told_day)
        claimed |= {Kept(pricelist_id, day): done_to for pricelist_id, done_to in answer}
    return claimed


def _ahead(job: Job, method: str, *args: Any) -> Any:
    odoo: Any = job.odoo
    return odoo.bulk.call_ahead("celery.price", method, *args)


@dataclass(frozen=True, slots=True)
class Whole:
    """All prices of a pricelist, now or on a day, in the order of products."""

    kept: Kept
    prices: Prices
    valid_until: str | None
    """As Odoo writes times."""
    began: float
    """By the monotonic clock, when they began to be computed."""


@dataclass(slots=True)
class Stored:
    """What became of the prices of a pricelist."""

    rows: int
    written: int = 0
    deleted: int = 0
    taken: bool = False
    """Another job took the pricelist over."""
    changed: bool = False
    """Something that prices rest on did, since the job took it."""

    def add(self, answer: Json) -> None:
        """A call has answered."""
        self.taken |= bool(answer.get("taken"))
        self.changed |= bool(answer.get("changed"))
        self.written += answer.get("written", 0)
        self.deleted += answer.get("deleted", 0)


class Lanes:
    """Stores the prices of some pricelists at once, while the next ones are computed.

    Open it with ``with``: at its end nothing is under way any more.
    """

    def __init__(self, job: Job, tell: Callable[[int], None]) -> None:
        """``tell`` is told of products that are done, from any thread."""
        self._job = job
        self._tell = tell
        self._threads = ThreadPoolExecutor(LANES, "store")
        self._under_way: dict[Future[Stored], Kept] = {}
        self._cost: float | None = None
        """Seconds a row, of the last call."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def put(self, whole: Whole, done_to: int) -> None:
        """Have it stored, from behind the product ``done_to`` on."""
        self._under_way[self._threads.submit(self._stored, whole, done_to)] = whole.kept

    def ended(self, *, leave: int = 0) -> list[tuple[Kept, Future[Stored]]]:
        """Those that have ended, with what became of each; waits until ``leave`` are left."""
        ended: list[tuple[Kept, Future[Stored]]] = []
        while len(self._under_way) > leave:
            done, _others = wait(self._under_way, return_when=FIRST_COMPLETED)
            ended += [(self._under_way.pop(each), each) for each in done]
        return ended

    def _stored(self, whole: Whole, done_to: int) -> Stored:
        stored = Stored(len(whole.prices))
        first = int(np.searchsorted(whole.prices.products, done_to, "right"))
        after: int | None = done_to
        while after is not None and not stored.taken:
            self._job.check_cancelled()
            stop = whole.prices.end(first, self._size())
            part = whole.prices.part(first, stop)
            to = int(part.products[-1]) if stop < len(whole.prices) else None
            stored.add(self._call(whole, after, to, part))
            self._tell(part.products_named)
            first, after = stop, to
        return stored

    def _call(self, whole: Whole, after: int, to: int | None, part: Prices) -> Json:
        start = time.monotonic()
        answer: Json = _ahead(
            self._job,
            "advance",
            whole.kept.pricelist_id,
            self._job.uuid,
            after,
            to,
            part.texts(),
            whole.valid_until,
            start - whole.began,
            *whole.kept.told_day,
        )
        if len(part):
            self._cost = (time.monotonic() - start) / len(part)
        return answer

    def _size(self) -> int:
        return FIRST if self._cost is None else int(min(max(SECONDS / self._cost, LEAST), MOST))
