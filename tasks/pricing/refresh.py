"""``pricing.refresh``: the prices that a change touched, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from tasks.pricing.moment import Moment
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
    moment: Moment
    snapshot: Snapshot
    engine: Engine
    gone: list[int]
    """Products that were named and are no longer for sale."""
    currencies: set[int]
    """In which products may be priced."""
    prices: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    def pricelist(self, pricelist_id: int, scopes: list[Scope]) -> bool:
        """Compute what scopes touch of a pricelist; false when that is all of it."""
        touches = touching(scopes, pricelist_id, self.snapshot, self.currencies)
        if any(map(of_all_products, touches)):
            return False
        places = touched(touches, self.snapshot)
        parts = [part for _done, part in computed(self.engine, pricelist_id, places)]
        prices = Prices.joined(parts)
        if self.gone:
            self._call("forget", pricelist_id, self.gone)
        store(self.job, pricelist_id, prices, self.seen)
        until = valid_until(self.snapshot, pricelist_id, self.moment)
        self._call("settle", pricelist_id, self.seen, until)
        self.prices += len(prices)
        return True

    def failed(self, pricelist_id: int, error: Permanent) -> None:
        """Its prices are Odoo's to compute from now on; the others are still done."""
        self.errors[str(pricelist_id)] = str(error)
        self.job.note(f"pricelist {pricelist_id}: {error}")
        self._call("unsettle", pricelist_id)

    def _call(self, method: str, *args: Any) -> None:
        self.job.call("celery.price", [], method, *args)


@task("pricing.refresh", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def refresh(job: Job, params: RefreshParams) -> Json:
    """Compute again the prices in Odoo that rest on what has changed since."""
    del params
    told = job.odoo["celery.price"].begin()
    moment = Moment.of(None)
    pending = {run["pricelist_id"]: scopes for run in told["runs"] if (scopes := _due(run, moment))}
    work = _read(job, told["seen"], moment, pending)
    whole: list[int] = []
    for done, (pricelist_id, scopes) in enumerate(pending.items(), start=1):
        job.check_cancelled()
        try:
            if not work.pricelist(pricelist_id, scopes):
                whole.append(pricelist_id)
        except Permanent as error:
            work.failed(pricelist_id, error)
        job.progress(done, len(pending), "compute prices")
    if whole:
        job.call("celery.price", [], "recalculate", whole, 0)
    return {"prices": work.prices, "recalculated": whole, "errors": work.errors}


def _due(run: Json, moment: Moment) -> list[Scope]:
    """What has changed since the run; everything, when a rule or a rate began or ended."""
    expired = run["valid_until"] and run["valid_until"] <= str(moment.last)
    return [{}] if expired else run["marks"]


def _read(job: Job, seen: str, moment: Moment, pending: dict[int, list[Scope]]) -> Refresh:
    source = source_of(job)
    scopes = [scope for marks in pending.values() for scope in marks]
    named = job.odoo["product.product"].search(products_named(scopes))
    snapshot = source.read(pending, [("id", "in", named), *these_products(None)])
    companies = iter_records(job.odoo, "res.company", [], ["currency_id"])
    return Refresh(
        job,
        seen,
        moment,
        snapshot,
        Engine(snapshot.at(moment)),
        gone=sorted(set(named) - set(snapshot.products.id.tolist())),
        currencies={row["currency_id"] for row in companies} | {snapshot.company_currency_id},
    )
