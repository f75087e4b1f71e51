"""``pricing.refresh``: the prices that a change touched, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.changes import (
    Scope,
    of_all_products,
    products_named,
    touched,
    touching,
    valid_until,
)
from tasks.pricing.engine import Engine
from tasks.pricing.moment import Day, Kept, Moment
from tasks.pricing.source import Snapshot, these_products
from tasks.pricing.storing import store
from tasks.pricing.table import Prices, computed
from tasks.pricing.work import source_of
from tasks.reading import iter_records
from tasks.registry import Params, task
from tasks.retry import Retry


class RefreshParams(Params):
    """None: Odoo says what has changed."""


@dataclass(slots=True)
class Refresh:
    """One attempt: what was read once for all pricelists."""

    job: Job
    seen: str
    """What ``celery.price.begin`` said before anything was read."""
    snapshot: Snapshot
    gone: list[int]
    """Products that were named and are no longer for sale."""
    currencies: set[int]
    """In which products may be priced."""
    total: int
    """Sets of prices that a change may have touched."""
    done: int = 0
    prices: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    whole: list[Kept] = field(default_factory=list)
    """What changed altogether."""

    def of_day(self, day: Day | None, pending: Iterable[tuple[Kept, list[Scope]]]) -> None:
        """Compute what scopes touch, now or on a day."""
        moment = Moment.on(day)
        engine = Engine(self.snapshot.at(moment))
        for kept, scopes in pending:
            self.job.check_cancelled()
            try:
                self._compute(engine, moment, kept, scopes)
            except Permanent as error:
                self._failed(kept, error)
            self.done += 1
            self.job.progress(self.done, self.total, "compute prices")

    def _compute(self, engine: Engine, moment: Moment, kept: Kept, scopes: list[Scope]) -> None:
        pricelist_id, day = kept
        touches = touching(scopes, pricelist_id, self.snapshot, self.currencies)
        if any(map(of_all_products, touches)):
            self.whole.append(kept)
            return
        places = touched(touches, self.snapshot)
        parts = [part for _done, part in computed(engine, pricelist_id, places)]
        prices = Prices.joined(parts)
        if self.gone:
            self._call("forget", pricelist_id, self.gone, False, *kept.told_day)
        store(self.job, kept, prices, self.seen)
        until = None if day else valid_until(self.snapshot, pricelist_id, moment)
        self._call("settle", pricelist_id, self.seen, until, *kept.told_day)
        self.prices += len(prices)

    def recalculate(self) -> None:
        """Have all prices of what changed altogether computed, by other jobs."""
        for day, kept in groupby(self.whole, key=attrgetter("day")):
            days = ([day.date.isoformat()], day.zone) if day else ()
            self._call("recalculate", [each.pricelist_id for each in kept], 0, *days)

    def _failed(self, kept: Kept, error: Permanent) -> None:
        """Its prices are Odoo's to compute from now on; the others are still done."""
        self.errors[str(kept)] = str(error)
        self.job.note(f"pricelist {kept}: {error}")
        self._call("unsettle", kept.pricelist_id, *kept.told_day)

    def _call(self, method: str, *args: Any) -> None:
        self.job.call("celery.price", [], method, *args)


@task("pricing.refresh", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def refresh(job: Job, params: RefreshParams) -> Json:
    """Compute again the prices in Odoo that rest on what has changed since."""
    del params
    told = job.odoo["celery.price"].begin()
    now = Moment.of(None)
    runs = [(Kept(run["pricelist_id"], Day.told(run.get("day"))), run) for run in told["runs"]]
    pending = {kept: scopes for kept, run in runs if (scopes := _due(kept, run, now))}
    work = _read(job, told["seen"], pending)
    for day, of_day in groupby(sorted(pending.items(), key=_by_day), key=lambda due: due[0].day):
        work.of_day(day, of_day)
    work.recalculate()
    whole = list(dict.fromkeys(each.pricelist_id for each in work.whole))
    return {"prices": work.prices, "recalculated": whole, "errors": work.errors}


def _by_day(due: tuple[Kept, list[Scope]]) -> str:
    """Now first."""
    day = due[0].day
    return f"{day.date} {day.zone}" if day else ""


def _due(kept: Kept, run: Json, now: Moment) -> list[Scope]:
    """What has changed since the run; everything, when a rule or a rate began or ended."""
    if kept.day and kept.day.past:
        return []  # it is about to be swept
    expired = run["valid_until"] and run["valid_until"] <= str(now.last)
    return [{}] if expired else run["marks"]


def _read(job: Job, seen: str, pending: dict[Kept, list[Scope]]) -> Refresh:
    source = source_of(job)
    scopes = [scope for marks in pending.values() for scope in marks]
    named = job.odoo["product.product"].search(products_named(scopes))
    pricelists = {kept.pricelist_id for kept in pending}
    snapshot = source.read(pricelists, [("id", "in", named), *these_products(None)])
    companies = iter_records(job.odoo, "res.company", [], ["currency_id"])
    return Refresh(
        job,
        seen,
        snapshot,
        gone=sorted(set(named) - set(snapshot.products.id.tolist())),
        currencies={row["currency_id"] for row in companies} | {snapshot.company_currency_id},
        total=len(pending),
    )
