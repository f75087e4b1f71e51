"""Lines of the ledger in the order of its accounts, while few of them are in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from tasks.reports.books.balances import Balance, Key
from tasks.reports.books.source import Domain, Line, Period

TOGETHER = 20_000
"""Lines that are sorted at once, as far as an account, or a month of a large one, allows."""

Read = Callable[[Domain], Iterator[Line]]


def pieces(
    counts: Mapping[int, int], period: Period, *, whole: bool, together: int = TOGETHER
) -> Iterator[tuple[list[int], Period]]:
    """Accounts and periods to read at once, for ``counts`` of lines by account, in their order.

    ``whole``: no account is split into months, for its lines come in another order than by day.
    """
    batch: list[int] = []
    size = 0
    for account_id, count in counts.items():
        if batch and size + count > together:
            yield batch, period
            batch, size = [], 0
        if count > together and not whole:
            yield from (([account_id], month) for month in period.months())
        else:
            batch, size = [*batch, account_id], size + count
    if batch:
        yield batch, period


def lines_by_balance(
    read: Read,
    rows: Sequence[Balance],
    period: Period,
    *,
    by_partner: bool = False,
    together: int = TOGETHER,
) -> Iterator[tuple[Balance, list[Line]]]:
    """Every balance in its order, with its lines by day; a large one several times in a row.

    What was posted since the balances were read has no place if its account has none.
    """
    place: dict[Key, int] = {
        (row.account.id, row.partner_id): number for number, row in enumerate(rows)
    }
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.period.lines:
            counts[row.account.id] += row.period.lines
    following = 0
    for accounts, part in pieces(counts, period, whole=by_partner, together=together):
        domain: Domain = [*part.domain, ("account_id", "in", accounts)]
        placed = [
            (number, line)
            for line in read(domain)
            if (number := place.get(_key(line, by_partner=by_partner))) is not None
        ]
        placed.sort(key=lambda each: (each[0], each[1].order))
        for number, group in groupby(placed, key=lambda each: each[0]):
            yield from ((row, []) for row in rows[following:number])
            yield rows[number], [line for _, line in group]
            following = number + 1
    yield from ((row, []) for row in rows[following:])


def _key(line: Line, *, by_partner: bool) -> Key:
    return line.account_id, (line.partner_id or 0) if by_partner else 0
