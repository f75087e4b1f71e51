"""How fast prices are computed and kept, beside Odoo's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psutil

from benchmarks.in_flight import Attempt, in_flight
from benchmarks.in_odoo import price as in_odoo
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Outcome, State
from odoo_bridge.writeback import OdooWriteBack
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Moment
from tasks.pricing.products import Cases
from tasks.pricing.recalculate import PricingParams, recalculate
from tasks.pricing.source import PriceSource, Snapshot, these_products
from tasks.pricing.table import CASES

PRODUCTS, PRICELISTS = 10_000, 50
SHORT = 2_000
QUANTITIES = 20
"""So that 10,000 products in 50 pricelists make ten million prices."""
PROMISED = 1_000_000.0
MOST = 1_000.0  # MB
STORED = 1_000
WRITES = 1_000


class Price:
    """Products in pricelists of 20 rules of all kinds, computed alone and by the whole job."""

    name = "price"
    asks = "prices a second of the engine and of the whole job, beside Odoo itself"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The peer is Odoo in its shell: ``_get_products_price``, and ``create`` of its prices."""
        products = SHORT if short else PRODUCTS
        made = stage.in_odoo(in_odoo.make, products=products, pricelists=PRICELISTS)
        attempt = in_flight(stage, 1)[0]
        source = PriceSource(attempt.environment, company_id=1)
        snapshot = source.read(made["pricelists"], these_products(made["products"]))

        def ours() -> Figures:
            stage.in_odoo(in_odoo.empty, pricelists=made["pricelists"])
            return {
                **_engine(snapshot, made["pricelists"]),
                "job": _job(in_flight(stage, 1)[0], made["pricelists"]),
                "again": _job(in_flight(stage, 1)[0], made["pricelists"]),
                **writes(told=True),  # while all pricelists are kept
            }

        def writes(*, told: bool) -> Figures:
            products = made["products"]
            return dict(stage.in_odoo(in_odoo.writes, products=products, times=WRITES, told=told))

        def peer() -> Figures:
            prices = stage.in_odoo(in_odoo.odoo, **made, stored=STORED)
            return {**prices, **writes(told=False)}

        yield Contest(
            {"ours": ours, "peer": peer},
            [
                Goal("prices of the engine, one core", "prices", "prices/s", PROMISED, 1),
                Goal("prices of the engine, beside Odoo", "prices", "prices/s", "peer", 100),
                Goal("prices read, computed and stored", "job", "prices/s", "peer", 20),
                Goal("the same again, nothing has changed", "again", "prices/s", "peer", 20),
                Goal("prices and costs written in Odoo", "writes", "writes/s", "peer", 0.9),
                Goal("memory of ten million prices", "memory", "MB", MOST, 1, True),
            ],
            rounds=1 if short else 3,
        )
        stage.in_odoo(in_odoo.clear, **made)
        stage.clear()


def _engine(snapshot: Snapshot, pricelists: list[int]) -> Figures:
    """All products in all pricelists for all quantities; memory is the process's largest."""
    engine = Engine(snapshot.at(Moment.of(None)))
    quantities = np.arange(QUANTITIES, dtype=np.float64)
    products = np.repeat(np.arange(len(snapshot.products)), QUANTITIES)
    many = np.tile(quantities, len(snapshot.products))
    process, largest = psutil.Process(), 0
    kept = []
    start = time.monotonic()
    for pricelist in pricelists:
        for first in range(0, len(products), CASES):
            part = slice(first, first + CASES)
            kept.append(engine.prices(pricelist, Cases(products[part], many[part])))
        largest = max(largest, process.memory_info().rss)
    took = time.monotonic() - start
    return {"prices": sum(map(len, kept)) / took, "memory": largest / 2**20}


def _job(attempt: Attempt, pricelists: list[int]) -> float:
    """Prices a second of ``pricing.recalculate`` with its write-back."""
    start = time.monotonic()
    job = Job(attempt.envelope, attempt.environment)
    result = recalculate(job, PricingParams(pricelist_ids=pricelists, sample=0))
    outcome = Outcome(attempt.envelope, State.DONE, result, tuple(job.operations))
    (verdict,) = OdooWriteBack(attempt.addon).commit([outcome])
    if verdict.state is not State.DONE or result["errors"]:
        raise FabricError(verdict.error or str(result["errors"]))
    rate: float = result["prices"] / (time.monotonic() - start)
    return rate
