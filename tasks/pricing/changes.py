"""What a change touches, and when prices change by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.pricing.model import chain
from tasks.pricing.moment import Moment
from tasks.pricing.source import Snapshot

Scope = Mapping[str, Sequence[int]]
"""As ``celery.price.mark`` of the addon says it: lists of ids by kind; what is not named is not
limited."""

PRODUCTS = {
    "products": ("id", "in"),
    "templates": ("product_tmpl_id", "in"),
    "categories": ("categ_id", "child_of"),
}
"""Kinds that say which products, with the field and the operator that find them."""


def of_all_products(scope: Scope) -> bool:
    """Whether it touches products whatever they are."""
    return not scope.keys() & PRODUCTS.keys()


def products_named(scopes: Sequence[Scope]) -> list[Any]:
    """The domain of all products that scopes name, archived ones too."""
    terms = [
        (field, operator, sorted({each for scope in scopes for each in scope.get(kind, ())}))
        for kind, (field, operator) in PRODUCTS.items()
    ]
    return ["&", ("active", "in", [True, False]), "|", "|", *terms]


def touching(
    scopes: Sequence[Scope], pricelist_id: int, snapshot: Snapshot, currencies: set[int]
) -> list[Scope]:
    """Those that touch prices of a pricelist: by its chain, or by a currency.

    ``currencies`` are those that products may be priced in. A rate counts where there is more than
    one currency, of which it is one.
    """
    lists = set(chain(pricelist_id, snapshot.pricelists))
    used = currencies | {snapshot.pricelists[each].currency_id for each in lists}

    def touches(scope: Scope) -> bool:
        if "currencies" in scope:
            return len(used) > 1 and not used.isdisjoint(scope["currencies"])
        return "pricelists" not in scope or not lists.isdisjoint(scope["pricelists"])

    return [scope for scope in scopes if touches(scope)]


def touched(scopes: Sequence[Scope], snapshot: Snapshot) -> npt.NDArray[np.int64]:
    """The places of the products that scopes name."""
    products = snapshot.products
    found = np.zeros(len(products), dtype=bool)
    for scope in scopes:
        found |= np.isin(products.id, list(scope.get("products", ())))
        found |= np.isin(products.template_id, list(scope.get("templates", ())))
        if "categories" in scope:
            above = set(map(str, scope["categories"]))
            below = [not above.isdisjoint(path.split("/")) for path in products.category_paths]
            found |= np.array(below, dtype=bool)[products.category]
    return np.flatnonzero(found)


def valid_until(snapshot: Snapshot, pricelist_id: int, moment: Moment) -> str | None:
    """When a rule begins or ends, or a new rate begins, after a moment; as Odoo writes times."""
    times = [each for each in turns(snapshot, pricelist_id) if each > moment.last]
    return str(min(times)) if times else None


def turns(snapshot: Snapshot, pricelist_id: int) -> Iterator[datetime]:
    """When another rule or another rate begins to hold, in no order."""
    for each in chain(pricelist_id, snapshot.pricelists):
        for rule in snapshot.pricelists[each].rules:
            if rule.date_start:
                yield rule.date_start
            if rule.date_end:
                yield rule.date_end + timedelta(seconds=1)
    for row in snapshot.rate_rows:
        yield datetime.combine(row.day, time.min)
