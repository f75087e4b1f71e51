"""Conversion between currencies as Odoo does it (``base/models/res_currency.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from tasks.pricing.errors import ArchivedCurrency, MissingRate
from tasks.pricing.products import Ints
from tasks.pricing.rounding import Floats


@dataclass(frozen=True, slots=True)
class RateRow:
    """One ``res.currency.rate``: units of the currency for one of the reference currency."""

    currency_id: int
    company_id: int | None
    """``None`` for a rate that all companies share."""
    day: date
    rate: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one company on one day, by currency id."""

    by_currency: Mapping[int, float]
    archived: frozenset[int] = frozenset()
    names: Mapping[int, str] | None = None

    def convert(self, amounts: Floats, source: Ints, target: int) -> Floats:
        """``amounts`` in the currency ``target``, not rounded.

        Mirrors ``res.currency._convert(round=False)`` and the ``inverse_rate`` of
        ``_compute_current_rate``. Raises ``MissingRate`` where Odoo would silently take 1.0, and
        ``ArchivedCurrency``.
        """
        foreign = (source != target) & (amounts != 0)
        if not foreign.any():
            return amounts
        converted = amounts.copy()
        for currency in np.unique(source[foreign]).tolist():
            places = foreign & (source == currency)
            converted[places] *= self.factor(currency, target)
        return converted

    def factor(self, source: int, target: int) -> float:
        """What one of ``source`` is worth in ``target``."""
        return 1 / (self._rate(source) / self._rate(target))

    def _rate(self, currency_id: int) -> float:
        name = (self.names or {}).get(currency_id, str(currency_id))
        if currency_id in self.archived:
            raise ArchivedCurrency(f"the currency {name} is archived: activate it")
        try:
            return self.by_currency[currency_id]
        except KeyError:
            raise MissingRate(f"the currency {name} has no rate: add one") from None


def rates_on(day: date, rows: Iterable[RateRow], company_currency_id: int) -> Mapping[int, float]:
    """The rate of each currency on ``day``, by id.

    Mirrors ``res.currency._get_rates``: the company's own rate before a shared one, the newest
    that is not later than ``day``, else the earliest. The company's own currency is 1 without
    a row.
    """
    chosen: dict[int, RateRow] = {}
    for row in rows:
        best = chosen.get(row.currency_id)
        if best is None or _preference(row, day) < _preference(best, day):
            chosen[row.currency_id] = row
    rates = {company_currency_id: 1.0}
    return rates | {currency_id: row.rate for currency_id, row in chosen.items()}


def _preference(row: RateRow, day: date) -> tuple[bool, bool, int]:
    """Sorts the row that Odoo would take first."""
    later = row.day > day
    distance = row.day.toordinal() if later else -row.day.toordinal()
    return (later, row.company_id is None, distance)
