"""What customers owe, or what is owed to vendors, on a day, by age. No Odoo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum

BUCKETS = 6
"""Not due, four ranges of days, and all that is older."""


@dataclass(frozen=True, slots=True)
class Open:
    """An item with what is left of it, in whole units of the books' currency."""

    partner_id: int
    currency_id: int
    entry: str
    account_id: int
    day: date
    """Of its entry."""
    due: date
    residual: int
    residual_currency: float
    """In its own currency."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a receivable or payable account, as Odoo has it now."""

    id: int
    open: Open
    """Signed as in the books: a debit is positive."""


@dataclass(frozen=True, slots=True)
class Match:
    """An ``account.partial.reconcile`` that came after the day."""

    debit_id: int
    credit_id: int
    amount: int
    debit_currency: float
    credit_currency: float


@dataclass(frozen=True, slots=True)
class Aged:
    """A row: what a partner owes in one currency."""

    partner_id: int
    currency_id: int
    amount_currency: float
    buckets: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.buckets)


def as_of(items: Iterable[Item], later: Iterable[Match]) -> Iterator[Open]:
    """Items as they were on the day: what was matched later is open again.

    Odoo's residual is the balance without all its matches (``_compute_amount_residual``), so that
    of a day is today's with the later ones, those of a higher ``max_date``, taken back. Items that
    were settled on the day are left out.
    """
    whole: dict[int, int] = {}
    foreign: dict[int, float] = {}
    for match in later:
        for item_id, sign, amount in (
            (match.debit_id, 1, match.debit_currency),
            (match.credit_id, -1, match.credit_currency),
        ):
            whole[item_id] = whole.get(item_id, 0) + sign * match.amount
            foreign[item_id] = foreign.get(item_id, 0.0) + sign * amount
    for item in items:
        residual = item.open.residual + whole.get(item.id, 0)
        currency = item.open.residual_currency + foreign.get(item.id, 0.0)
        if residual or round(currency, 6):
            yield replace(item.open, residual=residual, residual_currency=currency)


def bucket(due: date, day: date, interval: int) -> int:
    """0: not due before the day is over; 1 to 4: up to as many intervals late; 5: later than that.

    As Odoo's aged reports have them: with 30 days 1-30, 31-60, 61-90, 91-120 and older.
    """
    late = (day - due).days
    return 0 if late <= 0 else min((late - 1) // interval + 1, BUCKETS - 1)


def aged_rows(
    found: Iterable[Open], day: date, interval: int, names: Mapping[int, str]
) -> list[Aged]:
    """By partner and currency, in the order of names; who has none comes last."""
    rows: dict[tuple[int, int], tuple[list[int], list[float]]] = {}
    for item in found:
        buckets, foreign = rows.setdefault((item.partner_id, item.currency_id), ([0] * BUCKETS, []))
        buckets[bucket(item.due, day, interval)] += item.residual
        foreign.append(item.residual_currency)
    made = [
        Aged(partner_id, currency_id, round(fsum(foreign), 6), tuple(buckets))
        for (partner_id, currency_id), (buckets, foreign) in rows.items()
    ]
    kept = [row for row in made if any(row.buckets) or row.amount_currency]
    return sorted(kept, key=lambda row: (*by_name(row.partner_id, names), row.currency_id))


def by_name(partner_id: int, names: Mapping[int, str]) -> tuple[bool, str, int]:
    """Sorts partners as people do; who has none comes last."""
    return not partner_id, names.get(partner_id, "").casefold(), partner_id


def column_sums(rows: Sequence[Aged]) -> tuple[int, ...]:
    """Of each bucket."""
    return tuple(map(sum, zip(*(row.buckets for row in rows), strict=True))) or (0,) * BUCKETS
