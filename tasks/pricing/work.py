"""What a recalculation has read, and does with one pricelist after another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from threading import Lock
from typing import Any

import numpy as np

from odoo_bridge.errors import Permanent, RecordMissing
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.changes import valid_until
from tasks.pricing.engine import Engine
from tasks.pricing.errors import PricingError
from tasks.pricing.moment import Day, Kept, Moment
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource, Snapshot, refuse_missing, these_products
from tasks.pricing.storing import LANES, Claimed, Lanes, Stored, Whole, claim, store
from tasks.pricing.table import Prices, computed
from tasks.reading import company_id_of

SHOWN = 10
"""Mismatches that an error spells out."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How prices are held against Odoo's own before they are stored."""

    sample: int
    """Of each pricelist."""
    accept_mismatches: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Prices of some products."""

    product_ids: Sequence[int] | None
    """``None``: every active product that can be sold."""
    product_range: tuple[int, int] | None

    @property
    def domain(self) -> list[Any]:
        """Of the products."""
        found = list(these_products(self.product_ids))
        if self.product_range:
            first, last = self.product_range
            found += [("id", ">=", first), ("id", "<=", last)]
        return found


def source_of(job: Job) -> PriceSource:
    """Reads as the job's user, for the job's company."""
    company_id = company_id_of(job.odoo, job.envelope.user_id, job.envelope.context)
    return PriceSource(job.odoo, company_id)


@dataclass(slots=True)
class Work:
    """One attempt: what was read once for all pricelists, and what became of them."""

    job: Job
    checks: Checks
    snapshot: Snapshot
    currencies: Mapping[int, Json]
    asked: Sequence[Kept]
    done: list[Kept] = field(default_factory=list)
    failures: dict[Kept, Permanent] = field(default_factory=dict)
    taken: set[Kept] = field(default_factory=set)
    """What another job has taken over."""
    prices: int = 0
    written: int | None = 0
    """``None``: the outcome will tell Odoo, and nobody here."""
    compared: int = 0
    mismatches: list[Json] = field(default_factory=list)
    products_done: int = 0
    """Of all that is asked."""
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def read(cls, job: Job, checks: Checks, asked: Sequence[Kept], products: Sequence[Any]) -> Work:
        """Read what the pricelists' prices are computed from."""
        source = source_of(job)
        snapshot = source.read({each.pricelist_id for each in asked}, products)
        used = {each.currency_id for each in snapshot.pricelists.values()}
        currencies = {row["id"]: row for row in source.currencies(used)}
        job.progress(0, len(asked) * len(snapshot.products), "read pricelists and products")
        job.check_cancelled()
        return cls(job, checks, snapshot, currencies, asked)

    def currency(self, kept: Kept) -> Json:
        """Its ``name`` and ``rounding``."""
        return self.currencies[self.snapshot.pricelists[kept.pricelist_id].currency_id]

    def each(self, some: Iterable[Kept], act: Callable[[Whole], None]) -> None:
        """Compute prices, those of a day after another; what is wrong with some ends only them."""
        for day, of_day in groupby(some, key=attrgetter("day")):
            moment = Moment.on(day)
            engine = Engine(self.snapshot.at(moment))
            for kept in of_day:
                self.job.check_cancelled()
                began = time.monotonic()
                try:
                    prices = self._computed(engine, kept)
                    # What holds on a day holds for good, or until somebody changes it.
                    until = None if day else valid_until(self.snapshot, kept.pricelist_id, moment)
                    act(Whole(kept, prices, until, began))
                except Permanent as error:
                    self.failed(kept, error)

    def advance(self, products: int) -> None:
        """So many products more are done; from any thread."""
        with self.lock:
            self.products_done += products
            total = len(self.asked) * len(self.snapshot.products)
            self.job.progress(self.products_done, total, "store prices")

    def _computed(self, engine: Engine, kept: Kept) -> Prices:
        """All of them, compared with Odoo's own. Raises ``Permanent``."""
        if kept.pricelist_id not in self.snapshot.pricelists:
            raise RecordMissing(f"no such pricelists: [{kept.pricelist_id}]")
        if kept.day and kept.day.past:
            raise PricingError("the day is past: its prices are not kept")
        parts = []
        places = np.arange(len(self.snapshot.products))
        for _done, part in computed(engine, kept.pricelist_id, places):
            self.job.check_cancelled()
            parts.append(part)
        prices = Prices.joined(parts)
        self._compare(kept, prices)
        return prices

    def _compare(self, kept: Kept, prices: Prices) -> None:
        """Hold a sample of the prices against Odoo's own.

        The sample differs from job to job and is the same at each attempt of one. Raises
        ``Permanent`` on a mismatch, unless they are accepted.
        """
        dice = random.Random(f"{self.job.uuid} {kept}")  # noqa: S311 - not a secret
        places = dice.sample(range(len(prices)), min(self.checks.sample, len(prices)))
        if not places:
            return
        sample = [prices.row(place) for place in places]
        pairs = [[product_id, quantity] for product_id, quantity, _price in sample]
        asked = (kept.pricelist_id, pairs, *kept.told_day)
        theirs = self.job.odoo["celery.price"].reference_prices(*asked)
        step = self.currency(kept)["rounding"]
        mismatches = [
            {"product_id": product_id, "quantity": quantity, "price": price, "odoo": odoo}
            for (product_id, quantity, price), odoo in zip(sample, theirs, strict=True)
            if not same_amount(price, odoo, step)
        ]
        self.compared += len(sample)
        self.mismatches += mismatches
        if mismatches and not self.checks.accept_mismatches:
            raise Permanent(f"prices differ from Odoo's own: {mismatches[:SHOWN]}")

    def stored(self, kept: Kept, future: Future[Stored]) -> None:
        """A lane has ended. Raises what is not about its pricelist alone."""
        try:
            found = future.result()
        except Permanent as error:
            self.failed(kept, error)
            return
        if found.taken:
            self.taken.add(kept)
            self.failed(kept, PricingError("another job computes this pricelist now"))
            return
        self.done.append(kept)
        self.prices += found.rows
        self.written = (self.written or 0) + found.written
        if found.changed:
            self.job.note(f"pricelist {kept}: what changed meanwhile is computed again")

    def failed(self, kept: Kept, error: Permanent) -> None:
        """The others are still done."""
        self.failures[kept] = error
        self.job.note(f"pricelist {kept}: {error}")

    @property
    def errors(self) -> dict[str, str]:
        """What went wrong, by ``"7"`` or ``"7 2026-11-27"``."""
        return {str(kept): str(error) for kept, error in self.failures.items()}

    def raise_if_none_done(self) -> None:
        """A job that could do nothing has failed. Raises ``Permanent``."""
        if self.done or not self.failures:
            return
        if len(self.failures) == 1:
            raise next(iter(self.failures.values()))
        raise PricingError(f"none of the pricelists could be computed: {self.errors}")


def compute_all(
    job: Job, pricelist_ids: Sequence[int], days: Sequence[Day | None], checks: Checks
) -> Work:
    """The prices of all products, stored ahead of the job's outcome."""
    claimed = claim(job, pricelist_ids, days)
    work = Work.read(job, checks, _all_of(pricelist_ids, days), these_products(None))
    for each in work.asked:
        if each not in claimed:
            text = f"no such pricelists: [{each.pricelist_id}], or the user may not change it"
            work.failed(each, RecordMissing(text))
    before = [each for each, done_to in claimed.items() if done_to is None]
    work.done += before
    work.advance(len(before) * len(work.snapshot.products))
    _store_all(work, claimed)
    for wrong in work.failures:
        if wrong in claimed and wrong not in work.taken:
            # Odoo computes its prices from now on.
            job.call("celery.price", [], "unsettle", wrong.pricelist_id, *wrong.told_day)
    return work


def _all_of(pricelist_ids: Sequence[int], days: Sequence[Day | None]) -> list[Kept]:
    return [Kept(pricelist_id, day) for day in days for pricelist_id in pricelist_ids]


def _store_all(work: Work, claimed: Claimed) -> None:
    with Lanes(work.job, work.advance) as lanes:

        def act(whole: Whole) -> None:
            lanes.put(whole, claimed[whole.kept] or 0)
            for ended in lanes.ended(leave=LANES):
                work.stored(*ended)

        work.each([each for each, done_to in claimed.items() if done_to is not None], act)
        for ended in lanes.ended():
            work.stored(*ended)


def compute_some(
    job: Job,
    pricelist_ids: Sequence[int],
    days: Sequence[Day | None],
    checks: Checks,
    selection: Selection,
) -> Work:
    """Prices of some products, stored with the job's outcome."""
    seen = job.odoo["celery.price"].begin()["seen"]
    work = Work.read(job, checks, _all_of(pricelist_ids, days), selection.domain)
    work.written = None
    if not selection.product_range:
        refuse_missing(selection.product_ids, work.snapshot.products)

    def act(whole: Whole) -> None:
        store(job, whole.kept, whole.prices, seen)
        work.done.append(whole.kept)
        work.prices += len(whole.prices)
        work.advance(len(work.snapshot.products))

    work.each(work.asked, act)
    return work
