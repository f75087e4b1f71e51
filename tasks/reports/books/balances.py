"""Balances of accounts over a period. No Odoo, no layout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

UNDISTRIBUTED = "Undistributed Profits/Losses"
"""Odoo's name for what is carried where a company has no account for it."""

Key = tuple[int, int]
"""An account and a partner, 0 where partners are not told apart."""


@dataclass(frozen=True, slots=True)
class Account:
    """An ``account.account``, with its code in the company that is reported."""

    id: int
    code: str
    name: str
    carries: bool = True
    """Whether its balance is carried from the beginning (``include_initial_balance``); that of
    income, expenses and current year earnings begins anew each fiscal year."""
    is_earnings: bool = False
    """Whether it is of the type Current Year Earnings (``equity_unaffected``)."""

    @property
    def order(self) -> tuple[bool, str, int]:
        """By code; who has none comes last."""
        return not self.code, self.code, self.id

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Sums:
    """What was posted to an account in a period."""

    debit: int = 0
    credit: int = 0
    lines: int = 0

    @property
    def balance(self) -> int:
        return self.debit - self.credit

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.debit + other.debit, self.credit + other.credit, self.lines + other.lines)


NONE = Sums()
SumsByKey = Mapping[Key, Sums]


@dataclass(frozen=True, slots=True)
class Balance:
    """One account, or one partner of it, over the period."""

    account: Account
    partner_id: int = 0
    opening: int = 0
    period: Sums = NONE

    @property
    def closing(self) -> int:
        return self.opening + self.period.balance

    @property
    def opening_sides(self) -> tuple[int, int]:
        return sides(self.opening)

    @property
    def closing_sides(self) -> tuple[int, int]:
        return sides(self.closing)


def sides(balance: int) -> tuple[int, int]:
    """A balance as debit and credit, one of which is zero."""
    return max(balance, 0), max(-balance, 0)


def openings(
    accounts: Sequence[Account], before_year: SumsByKey, of_year: SumsByKey
) -> dict[Key, int]:
    """Balances on the morning of the first day, by account and partner.

    ``before_year`` is what was posted before the fiscal year of that day began, ``of_year`` what
    was posted since. Balance sheet accounts carry both. Income and expenses carry only the second;
    what they were before is the undistributed profit, which the first account of current year
    earnings (by code) takes over, as in Odoo's general ledger. A company without such an account
    gets the key 0 for it.
    """
    known = {account.id: account for account in accounts}
    found: dict[Key, int] = defaultdict(int)
    carried = 0
    for (account_id, partner_id), sums in before_year.items():
        if known[account_id].carries:
            found[account_id, partner_id] += sums.balance
        else:
            carried += sums.balance
    for key, sums in of_year.items():
        found[key] += sums.balance
    if carried:
        found[_earnings(accounts), 0] += carried
    return dict(found)


def balances(
    accounts: Sequence[Account],
    opening: Mapping[Key, int],
    period: SumsByKey,
    wanted: Collection[int] = (),
    *,
    undistributed: str = UNDISTRIBUTED,
) -> Iterator[Balance]:
    """In the order of the accounts, without those that nothing was ever posted to.

    ``wanted`` are the accounts to keep; without any, all. Partners of one account come in the
    order of ``period``, those with an opening balance alone after them. ``undistributed`` names
    what is carried where there is no account for it.
    """
    by_account: dict[int, dict[int, None]] = defaultdict(dict)
    for account_id, partner_id in [*period, *opening]:
        by_account[account_id][partner_id] = None
    nameless = Account(0, "", undistributed, carries=False, is_earnings=True)
    for account in [*accounts, nameless]:
        if wanted and account.id not in wanted:
            continue
        for partner_id in by_account.get(account.id, ()):
            key = account.id, partner_id
            found = Balance(account, partner_id, opening.get(key, 0), period.get(key, NONE))
            if found.opening or found.period.lines:
                yield found


def total(found: Iterable[Balance]) -> tuple[int, Sums]:
    """Opening balance and period of all of them together."""
    opening, period = 0, NONE
    for each in found:
        opening, period = opening + each.opening, period + each.period
    return opening, period


def _earnings(accounts: Sequence[Account]) -> int:
    return next((account.id for account in accounts if account.is_earnings), 0)
