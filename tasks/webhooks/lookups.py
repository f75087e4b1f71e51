"""Ids in Odoo, by what others call them: one call a kind for many deliveries, then kept."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any, Protocol

from cachetools import TTLCache

from tasks.job import Environment

KEPT = 60.0
"""Seconds that an id is believed. What was not found is looked for again each time."""
MOST = 50_000
"""Ids that a process keeps."""

Found = Mapping[Hashable, Sequence[int]]
"""Ids by what was looked for; several where several records say it."""


class Kind(Protocol):
    """One kind of lookup; equal ones are looked up together."""

    @property
    def model(self) -> str:
        """Of Odoo."""

    def search(self, lookups: Lookups, keys: Collection[Any]) -> Found:
        """All of the keys in one call; those that Odoo does not know are left out."""

    def said(self, key: Any) -> str:
        """For a person: what was looked for."""


class IdCache:
    """Ids by source, kind and key. Threads may share it."""

    def __init__(self, most: int = MOST, seconds: float = KEPT) -> None:
        self._kept: TTLCache[Hashable, Sequence[int]] = TTLCache(most, seconds)
        self._lock = Lock()

    def known(self, source: str, kind: Kind, keys: Collection[Hashable]) -> dict[Hashable, Any]:
        with self._lock:
            found = {key: self._kept.get((source, kind, key)) for key in keys}
        return {key: ids for key, ids in found.items() if ids is not None}

    def keep(self, source: str, kind: Kind, found: Found) -> None:
        with self._lock:
            self._kept.update({(source, kind, key): ids for key, ids in found.items()})

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


class Lookups:
    """What one source may see of Odoo."""

    def __init__(self, odoo: Environment, source: str, cache: IdCache) -> None:
        self.odoo = odoo
        self.source = source
        self._cache = cache

    def find(self, kind: Kind, keys: Collection[Any]) -> Found:
        """Ids by key. Asks Odoo at most once, about what is not known already."""
        found = self._cache.known(self.source, kind, keys)
        if unknown := set(keys) - found.keys():
            fresh = kind.search(self, unknown)
            self._cache.keep(self.source, kind, fresh)
            found |= fresh
        return found

    def company(self) -> int:
        """Of the source's user, as Odoo's own forms take it."""
        return int(self.find(Company(), [""])[""][0])


@dataclass(frozen=True, slots=True)
class By:
    """Records of ``model`` by what a field of theirs says exactly."""

    model: str
    field: str

    def search(self, lookups: Lookups, keys: Collection[Any]) -> Found:
        domain = [(self.field, "in", sorted(keys, key=str))]
        return _grouped(
            (_key(row[self.field]), row["id"])
            for row in lookups.odoo[self.model].search_read(domain, [self.field], order="id")
        )

    def said(self, key: Any) -> str:
        return f"{self.model} whose {self.field} is {key!r}"


COUNTRY = By("res.country", "code")
CURRENCY = By("res.currency", "name")
PRODUCT = By("product.product", "default_code")


@dataclass(frozen=True, slots=True)
class Company:
    """The company in which a source writes."""

    model: str = "res.company"

    def search(self, lookups: Lookups, _keys: Collection[Any]) -> Found:
        given = lookups.odoo["sale.order"].default_get(["company_id"])
        return {"": [int(given["company_id"])]}

    def said(self, _key: Any) -> str:
        return "company of this source"


@dataclass(frozen=True, slots=True)
class State:
    """Keys are pairs of the codes of a country and of its state."""

    model: str = "res.country.state"

    def search(self, lookups: Lookups, keys: Collection[Any]) -> Found:
        countries = lookups.find(COUNTRY, {country for country, _state in keys})
        code_of = {ids[0]: code for code, ids in countries.items()}
        domain = [
            ("country_id", "in", sorted(code_of)),
            ("code", "in", sorted({state for _country, state in keys})),
        ]
        rows = lookups.odoo[self.model].search_read(domain, ["code", "country_id"], order="id")
        return _grouped(
            ((code_of[_key(row["country_id"])], row["code"]), row["id"]) for row in rows
        )

    def said(self, key: Any) -> str:
        return f"{self.model} {key[1]!r} of the country {key[0]!r}"


@dataclass(frozen=True, slots=True)
class Pricelist:
    """Keys are codes of currencies; the company's own needs no pricelist, which is the id 0."""

    model: str = "product.pricelist"

    def search(self, lookups: Lookups, keys: Collection[Any]) -> Found:
        company = lookups.company()
        (row,) = lookups.odoo["res.company"].search_read([("id", "=", company)], ["currency_id"])
        own = row["currency_id"][1]
        found: dict[Hashable, Sequence[int]] = {own: [0]} if own in keys else {}
        if others := sorted(set(keys) - {own}):
            domain = [
                ("currency_id.name", "in", others), ("company_id", "in", [False, company])
            ]  # fmt: skip
            rows = lookups.odoo[self.model].search_read(domain, ["currency_id"])
            found |= {row["currency_id"][1]: [row["id"]] for row in reversed(rows)}
        return found

    def said(self, key: Any) -> str:
        return f"pricelist in {key}, which is not the company's currency"


@dataclass(frozen=True, slots=True)
class Tax:
    """The company's sales taxes; keys are the percentage, and whether prices include it."""

    model: str = "account.tax"

    def search(self, lookups: Lookups, keys: Collection[Any]) -> Found:
        domain = [
            ("company_id", "parent_of", lookups.company()),
            ("type_tax_use", "=", "sale"),
            ("amount_type", "=", "percent"),
            ("amount", "in", sorted({float(rate) for rate, _included in keys})),
        ]
        rows = lookups.odoo[self.model].search_read(domain, ["amount", "price_include"])
        found = {
            (_rate(row["amount"]), row["price_include"]): [row["id"]] for row in reversed(rows)
        }
        return {key: found[key] for key in keys if key in found}

    def said(self, key: Any) -> str:
        how = "included in" if key[1] else "on top of"
        return f"sales tax of {key[0]:f} % {how} the price"


def _rate(value: Any) -> Decimal:
    return Decimal(str(value)).normalize()


def tax_key(fraction: Decimal, *, included: bool) -> tuple[Decimal, bool]:
    """The key of a tax: 0.15 is fifteen percent."""
    return (100 * fraction).normalize(), included


def _grouped(pairs: Any) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for key, record_id in pairs:
        found.setdefault(key, []).append(int(record_id))
    return found


def _key(value: Any) -> Any:
    """What a field says; of a many2one field, which ``search_read`` gives as a pair, the id."""
    return value[0] if isinstance(value, list) else value
