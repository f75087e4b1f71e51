"""Conversion between currencies as Odoo does it (``base/models/res_currency.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from odoo_bridge.errors import Permanent


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

    def convert(self, amount: float, source: int, target: int) -> float:
        """``amount`` in the currency ``target``, not rounded.

        Mirrors ``res.currency._convert(round=False)`` and the ``inverse_rate`` of
        ``_compute_current_rate``. Raises ``Permanent`` where Odoo would silently take 1.0 for
        the rate that is missing.
        """
        if source == target:
            return amount
        if not amount:
            return 0.0
        return amount * (1 / (self._rate(source) / self._rate(target)))

    def _rate(self, currency_id: int) -> float:
        try:
            return self.by_currency[currency_id]
        except KeyError:
            raise Permanent(f"the currency {currency_id} has no rate") from None


def rates_on(day: date, rows: Iterable[RateRow], company_currency_id: int) -> Rates:
    """The rate of each currency on ``day``.

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
    return Rates(rates | {currency_id: row.rate for currency_id, row in chosen.items()})


def _preference(row: RateRow, day: date) -> tuple[bool, bool, int]:
    """Sorts the row that Odoo would take first."""
    later = row.day > day
    distance = row.day.toordinal() if later else -row.day.toordinal()
    return (later, row.company_id is None, distance)
