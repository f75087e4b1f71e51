"""What a recalculation has read, and does with one pricelist after another."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from odoo_bridge.errors import Permanent, RecordMissing
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.changes import valid_until
from tasks.pricing.engine import Engine
from tasks.pricing.errors import PricingError
from tasks.pricing.moment import Moment
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
    """Prices that are not all of now."""

    product_ids: Sequence[int] | None
    """``None``: every active product that can be sold."""
    product_range: tuple[int, int] | None
    date: dt.date | None
    """``None``: now."""

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
    moment: Moment
    snapshot: Snapshot
    engine: Engine
    currencies: Mapping[int, Json]
    asked: Sequence[int]
    """Pricelists."""
    done: list[int] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    failures: list[Permanent] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    """Pricelists that another job has taken over."""
    prices: int = 0
    written: int | None = 0
    """``None``: the outcome will tell Odoo, and nobody here."""
    compared: int = 0
    mismatches: list[Json] = field(default_factory=list)
    products_done: int = 0
    """Of all pricelists."""
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def read(
        cls, job: Job, checks: Checks, asked: Sequence[int], products: Sequence[Any], moment: Moment
    ) -> Work:
        """Read what the pricelists' prices are computed from."""
        source = source_of(job)
        snapshot = source.read(asked, products)
        used = {each.currency_id for each in snapshot.pricelists.values()}
        currencies = {row["id"]: row for row in source.currencies(used)}
        engine = Engine(snapshot.at(moment))
        job.progress(0, len(asked) * len(snapshot.products), "read pricelists and products")
        job.check_cancelled()
        return cls(job, checks, moment, snapshot, engine, currencies, asked)

    def currency(self, pricelist_id: int) -> Json:
        """Its ``name`` and ``rounding``."""
        return self.currencies[self.snapshot.pricelists[pricelist_id].currency_id]

    def each(self, pricelist_ids: Sequence[int], act: Callable[[int, Prices, float], None]) -> None:
        """Compute pricelists; what is wrong with one ends only that one.

        ``act`` is told when one was begun, by the monotonic clock.
        """
        for pricelist_id in pricelist_ids:
            self.job.check_cancelled()
            began = time.monotonic()
            try:
                act(pricelist_id, self._computed(pricelist_id), began)
            except Permanent as error:
                self.failed(pricelist_id, error)

    def advance(self, products: int) -> None:
        """So many products more are done in a pricelist; from any thread."""
        with self.lock:
            self.products_done += products
            total = len(self.asked) * len(self.snapshot.products)
            self.job.progress(self.products_done, total, "store prices")

    def _computed(self, pricelist_id: int) -> Prices:
        """All its prices, compared with Odoo's own. Raises ``Permanent``."""
        if pricelist_id not in self.snapshot.pricelists:
            raise RecordMissing(f"no such pricelists: [{pricelist_id}]")
        parts = []
        places = np.arange(len(self.snapshot.products))
        for _done, part in computed(self.engine, pricelist_id, places):
            self.job.check_cancelled()
            parts.append(part)
        prices = Prices.joined(parts)
        self._compare(pricelist_id, prices)
        return prices

    def _compare(self, pricelist_id: int, prices: Prices) -> None:
        """Hold a sample of the prices against Odoo's own.

        The sample differs from job to job and is the same at each attempt of one. Raises
        ``Permanent`` on a mismatch, unless they are accepted.
        """
        dice = random.Random(f"{self.job.uuid} {pricelist_id}")  # noqa: S311 - not a secret
        places = dice.sample(range(len(prices)), min(self.checks.sample, len(prices)))
        if not places:
            return
        sample = [prices.row(place) for place in places]
        pairs = [[product_id, quantity] for product_id, quantity, _price in sample]
        theirs = self.job.odoo["celery.price"].reference_prices(pricelist_id, pairs)
        step = self.currency(pricelist_id)["rounding"]
        mismatches = [
            {"product_id": product_id, "quantity": quantity, "price": price, "odoo": odoo}
            for (product_id, quantity, price), odoo in zip(sample, theirs, strict=True)
            if not same_amount(price, odoo, step)
        ]
        self.compared += len(sample)
        self.mismatches += mismatches
        if mismatches and not self.checks.accept_mismatches:
            raise Permanent(f"prices differ from Odoo's own: {mismatches[:SHOWN]}")

    def stored(self, pricelist_id: int, future: Future[Stored]) -> None:
        """A lane has ended. Raises what is not about its pricelist alone."""
        try:
            found = future.result()
        except Permanent as error:
            self.failed(pricelist_id, error)
            return
        if found.taken:
            self.taken.add(pricelist_id)
            self.failed(pricelist_id, PricingError("another job computes this pricelist now"))
            return
        self.done.append(pricelist_id)
        self.prices += found.rows
        self.written = (self.written or 0) + found.written
        if found.changed:
            self.job.note(f"pricelist {pricelist_id}: what changed meanwhile is computed again")

    def failed(self, pricelist_id: int, error: Permanent) -> None:
        """The others are still done."""
        self.errors[str(pricelist_id)] = str(error)
        self.failures.append(error)
        self.job.note(f"pricelist {pricelist_id}: {error}")

    def raise_if_none_done(self) -> None:
        """A job that could do nothing has failed. Raises ``Permanent``."""
        if self.done or not self.failures:
            return
        if len(self.failures) == 1:
            raise self.failures[0]
        raise PricingError(f"none of the pricelists could be computed: {self.errors}")


def compute_all(job: Job, asked: Sequence[int], checks: Checks) -> Work:
    """All prices of now, stored ahead of the job's outcome."""
    claimed = claim(job, asked)
    moment = Moment.of(None, job.envelope.context.get("tz"))
    work = Work.read(job, checks, asked, these_products(None), moment)
    for each in asked:
        if each not in claimed:
            text = f"no such pricelists: [{each}], or the user may not change it"
            work.failed(each, RecordMissing(text))
    before = [each for each, done_to in claimed.items() if done_to is None]
    work.done += before
    work.advance(len(before) * len(work.snapshot.products))
    _store_all(work, claimed)
    for wrong in map(int, work.errors):
        if wrong in claimed and wrong not in work.taken:
            # Odoo computes its prices from now on.
            job.call("celery.price", [], "unsettle", wrong)
    return work


def _store_all(work: Work, claimed: Claimed) -> None:
    with Lanes(work.job, work.advance) as lanes:

        def act(pricelist_id: int, prices: Prices, began: float) -> None:
            until = valid_until(work.snapshot, pricelist_id, work.moment)
            done_to = claimed[pricelist_id] or 0
            lanes.put(Whole(pricelist_id, prices, done_to, until, began))
            for ended in lanes.ended(leave=LANES):
                work.stored(*ended)

        work.each([each for each, done_to in claimed.items() if done_to is not None], act)
        for ended in lanes.ended():
            work.stored(*ended)


def compute_some(job: Job, asked: Sequence[int], checks: Checks, selection: Selection) -> Work:
    """Prices of some products or of another day, stored with the job's outcome."""
    seen = job.odoo["celery.price"].begin()["seen"]
    moment = Moment.of(selection.date, job.envelope.context.get("tz"))
    work = Work.read(job, checks, asked, selection.domain, moment)
    work.written = None
    if not selection.product_range:
        refuse_missing(selection.product_ids, work.snapshot.products)

    def act(pricelist_id: int, prices: Prices, _began: float) -> None:
        store(job, pricelist_id, prices, seen)
        if selection.date:
            job.call("celery.price", [], "unsettle", pricelist_id)
        work.done.append(pricelist_id)
        work.prices += len(prices)
        work.advance(len(work.snapshot.products))

    work.each(asked, act)
    return work
