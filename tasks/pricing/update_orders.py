"""``pricing.update_orders``: the prices of quotations, as the button *Update Prices* makes them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.changes import turns
from tasks.pricing.errors import PricingError, RulesChanged
from tasks.pricing.model import Pricelist
from tasks.pricing.moment import Moment
from tasks.pricing.orders import NO_PRICELIST, QUOTATION, Order, OrderLine, read_lines, read_orders
from tasks.pricing.products import Cases
from tasks.pricing.quotes import QuoteEngine
from tasks.pricing.recalculate import source_of
from tasks.pricing.rounding import float_round
from tasks.pricing.source import PriceSource, Snapshot, these_products
from tasks.reading import chunks
from tasks.registry import Params, task
from tasks.retry import Retry

SHOWN = 20
"""Orders that the result spells out of each kind."""
TOGETHER = 200
"""Orders a call of the write-back."""

Price = tuple[int, float, float]
"""A line's id, its unit price and its discount in percent."""


class OrderParams(Params):
    """Which quotations; all conditions hold."""

    order_ids: list[int] | None = None
    domain: list[Any] = Field(default_factory=list)
    """On ``sale.order``, as Odoo writes domains."""
    pricelist_id: int | None = Field(default=None, gt=0)
    """The pricelist that they are to have from now on; ``null``: each keeps its own."""
    note: bool = True
    """Whether an order that changed says so in its chatter, as Odoo's button does."""

    @model_validator(mode="after")
    def _say_which(self) -> OrderParams:
        if self.order_ids is None and not self.domain:
            raise ValueError("say which orders: order_ids, domain, or both")
        return self


@task("pricing.update_orders", queue="pricing", retry=Retry(max_attempts=8), time_limit=1800)
def update_orders(job: Job, params: OrderParams) -> Json:
    """Write the unit prices and discounts of quotations that are no longer those of the pricelist.

    Mirrors ``SaleOrder._recompute_prices`` (``sale/models/sale_order.py`` of Odoo 19).
    """
    source = source_of(job)
    terms = job.odoo["celery.price"].order_terms()
    orders = read_orders(job.odoo, _domain(params))
    skipped = {each.name: each.settled for each in orders if each.settled}
    skipped |= dict.fromkeys(_missing(params, orders), "gone, or the user may not read it")
    orders = [each for each in orders if not each.settled]
    job.progress(0, len(orders), "read orders")
    read_lines(job.odoo, orders, deliveries=terms["deliveries"])
    for order in orders:
        order.for_odoo = _why_odoo(order, terms, source.company_id) or order.for_odoo
    ours = [each for each in orders if not each.for_odoo]
    theirs = [each for each in orders if each.for_odoo]
    prices = _Prices(source, ours, params.pricelist_id, terms)
    changed: list[tuple[Order, list[Price]]] = []
    for done, order in enumerate(ours, start=1):
        if error := prices.errors.get(order.id):
            skipped[order.name] = error
        elif (new := prices.changed(order)) or prices.other_pricelist(order):
            changed.append((order, new))
        if not done % TOGETHER:
            job.check_cancelled()
            job.progress(done, len(orders), "compare prices")
    prices.refuse_changed()
    _write(job, params, changed, theirs)
    return {
        "orders": len(orders),
        "changed": len(changed),
        "lines": sum(len(new) for _order, new in changed),
        "by_odoo": _some({each.name: each.for_odoo for each in theirs}),
        "skipped": _some(skipped),
    }


def _domain(params: OrderParams) -> list[Any]:
    """Orders that are named are found whatever they are, to say why they were left."""
    if params.order_ids is None:
        return [("state", "in", QUOTATION), ("locked", "=", False), *params.domain]
    return [("id", "in", params.order_ids), *params.domain]


def _missing(params: OrderParams, orders: Iterable[Order]) -> Iterator[str]:
    """With a domain as well, nobody can tell them from those that it leaves out."""
    if params.order_ids is not None and not params.domain:
        yield from map(str, sorted(set(params.order_ids) - {order.id for order in orders}))


def _why_odoo(order: Order, terms: Json, company_id: int) -> str:
    if terms["changed_by"]:
        return f"prices are computed otherwise by {', '.join(terms['changed_by'])}"
    return "" if order.seen["company_id"] == company_id else "an order of another company"


def _some(reasons: dict[str, str]) -> Json:
    return {"count": len(reasons), "orders": dict(sorted(reasons.items())[:SHOWN])}


def _write(
    job: Job,
    params: OrderParams,
    changed: Sequence[tuple[Order, list[Price]]],
    theirs: Sequence[Order],
) -> None:
    given = {"job": job.uuid, "pricelist_id": params.pricelist_id, "note": params.note}
    for some in chunks(changed, TOGETHER):
        asked = [
            {
                "id": order.id,
                "seen": order.seen,
                "lines": [[line.id, line.seen] for line in order.lines],
                "prices": prices,
            }
            for order, prices in some
        ]
        job.call("celery.price", [], "write_orders", asked, **given)
    for few in chunks([order.id for order in theirs], TOGETHER):
        job.call("celery.price", [], "reprice_orders", list(few), **given)


class _Prices:
    """The prices of all lines, computed together where the same rules and rates hold."""

    def __init__(
        self, source: PriceSource, orders: Sequence[Order], pricelist_id: int | None, terms: Json
    ) -> None:
        self._source = source
        self._terms = terms
        self._step = 10.0 ** -terms["discount_digits"]
        self._given = pricelist_id
        self._found: dict[int, tuple[float, float]] = {}
        self.errors: dict[int, str] = {}
        """By order."""
        lists = {self._pricelist(order) for order in orders} - {NO_PRICELIST}
        products = sorted({x.product_id for each in orders for x in each.lines if x.product_id})
        self._snapshot = _with_none(source.read(lists, these_products(products)))
        if pricelist_id and pricelist_id not in self._snapshot.pricelists:
            raise RecordMissing(f"no such pricelist: {pricelist_id}")
        self._lists = lists
        for group in self._groups(orders):
            self._compute(group)

    def changed(self, order: Order) -> list[Price]:
        """The lines of an order that would have to be written."""
        found = ((line, *self._price(line)) for line in order.lines)
        return [(line.id, price, off) for line, price, off in found if line.differs(price, off)]

    def other_pricelist(self, order: Order) -> bool:
        """Whether it is to have another one than it has."""
        return self._given is not None and order.seen["pricelist_id"] != self._given

    def refuse_changed(self) -> None:
        """Raises ``RulesChanged`` when they are no longer what they were when they were read."""
        before = {key: each for key, each in self._snapshot.pricelists.items() if key}
        if self._source.pricelists(self._lists) != before:
            raise RulesChanged("rules of pricelists changed while prices were computed")

    def _pricelist(self, order: Order) -> int:
        return self._given or order.seen["pricelist_id"] or NO_PRICELIST

    def _price(self, line: OrderLine) -> tuple[float, float]:
        price, discount = self._found.get(line.id, (0.0, 0.0))
        if line.keeps_price:
            price = line.seen["price_unit"]
        return price, discount

    def _groups(self, orders: Iterable[Order]) -> Iterator[list[Order]]:
        """Orders of one pricelist between whose dates no rule and no rate turns."""
        groups: dict[tuple[int, int], list[Order]] = defaultdict(list)
        sorted_turns = {}
        for order in orders:
            which = self._pricelist(order)
            if which not in self._snapshot.pricelists:
                self.errors[order.id] = f"the pricelist {which} does not exist, or may not be read"
                continue
            if which not in sorted_turns:
                sorted_turns[which] = sorted(set(turns(self._snapshot, which)))
            groups[which, bisect_right(sorted_turns[which], order.moment)].append(order)
        yield from groups.values()

    def _compute(self, orders: list[Order]) -> None:
        pricelist_id = self._pricelist(orders[0])
        currency = self._snapshot.pricelists[pricelist_id].currency_id
        try:
            self._quote(pricelist_id, orders)
        except PricingError as error:  # the others are still done
            self.errors |= dict.fromkeys((order.id for order in orders), str(error))
        for order in orders:
            if not self._given and order.seen["currency_id"] != currency:
                self.errors[order.id] = "its currency is not that of its pricelist"

    def _quote(self, pricelist_id: int, orders: Sequence[Order]) -> None:
        lines = [line for order in orders for line in order.lines if line.product_id]
        ids = np.array([line.product_id for line in lines], dtype=np.int64)
        cases = Cases(
            np.searchsorted(self._snapshot.products.id, ids),
            np.array([line.quantity for line in lines], dtype=np.float64),
            np.array([line.seen["product_uom_id"] for line in lines], dtype=np.int64),
        )
        engine = QuoteEngine(self._snapshot.at(Moment.of(orders[0].moment)))
        shown = self._terms["discounts_shown"] and pricelist_id != NO_PRICELIST
        prices, discounts = engine.quote(pricelist_id, cases, discounts_shown=shown)
        for line, price, discount in zip(lines, prices.tolist(), discounts.tolist(), strict=True):
            self._found[line.id] = (price, float_round(discount, self._step))


def _with_none(snapshot: Snapshot) -> Snapshot:
    """And a pricelist without rules, for orders that have none."""
    none = Pricelist(NO_PRICELIST, snapshot.company_currency_id)
    return replace(snapshot, pricelists={**snapshot.pricelists, NO_PRICELIST: none})
