"""Accounts over a period, as the general ledger and the trial balance both begin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from odoo_bridge.errors import AccessRefused
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.reports.books.balances import (
    UNDISTRIBUTED,
    Account,
    Balance,
    SumsByKey,
    balances,
    openings,
    total,
)
from tasks.reports.books.companies import Books, books_of, check_ids
from tasks.reports.books.params import PeriodParams
from tasks.reports.books.source import BooksSource, Filter, Period, before
from tasks.reports.books.words import Words
from tasks.reports.kit.locale import zone_of


@dataclass(frozen=True, slots=True)
class Plan:
    """One set of books over a period, before any line was read."""

    source: BooksSource
    period: Period
    rows: list[Balance]

    @property
    def dated(self) -> tuple[Books, Period]:
        return self.source.books, self.period

    @classmethod
    def of(
        cls,
        source: BooksSource,
        period: Period,
        wanted: Collection[int] = (),
        *,
        by_partner: bool = False,
        undistributed: str = UNDISTRIBUTED,
    ) -> Self:
        """Raises ``AccessRefused`` for an account with lines that the user may not read."""
        year = source.books.fiscal_year.start(period.first)
        accounts = source.accounts()
        earlier = source.sums(before(year), by_partner=by_partner)
        of_year = source.sums(
            [("date", ">=", f"{year}"), *before(period.first)], by_partner=by_partner
        )
        during = source.sums(period.domain, by_partner=by_partner)
        for sums in (earlier, of_year, during):
            _check_known(accounts, sums)
        opening = openings(accounts, earlier, of_year)
        rows = balances(accounts, opening, during, frozenset(wanted), undistributed=undistributed)
        return cls(source, period, list(rows))


def plans(job: Job, params: PeriodParams, *, by_partner: bool = False) -> list[Plan]:
    """One for each set of books. Raises ``RecordMissing`` for ids that the user cannot see."""
    books = books_of(job, params.company_ids)
    for model, ids in (
        ("account.journal", params.journal_ids),
        ("account.account", params.account_ids),
        ("res.partner", params.partner_ids),
    ):
        check_ids(job.odoo, model, ids, books)
    today = dt.datetime.now(zone_of(job.envelope.context)).date()
    filtered = Filter(params.drafts, params.journal_ids, params.partner_ids)
    return [
        Plan.of(
            BooksSource(job.odoo, each, filtered),
            period_of(params, each, today),
            params.account_ids,
            by_partner=by_partner,
            undistributed=Words.of(job.envelope.context).undistributed,
        )
        for each in books
    ]


def figures(plan: Plan) -> Json:
    """What one set of books came to, for the job's result."""
    books = plan.source.books
    opening, period = total(plan.rows)
    return {
        "company": books.name,
        "currency": books.currency.name,
        "opening": books.amount(opening),
        "debit": books.amount(period.debit),
        "credit": books.amount(period.credit),
        "closing": books.amount(opening + period.balance),
    }


def period_of(params: PeriodParams, books: Books, today: dt.date) -> Period:
    """What was asked for, else the fiscal year up to its last day."""
    last = params.date_to or max(today, params.date_from or today)
    return Period(params.date_from or books.fiscal_year.start(last), last)


def _check_known(accounts: list[Account], sums: SumsByKey) -> None:
    strangers = {account_id for account_id, _ in sums} - {account.id for account in accounts}
    if strangers:
        raise AccessRefused(
            f"account.account {sorted(strangers)} has lines in these companies, and is not open to "
            "the job's user: add the company to the account"
        )
