"""``reports.trial_balance``: what each account was, what was posted to it, what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.books.balances import Balance
from tasks.reports.books.compared import Compare, earlier, named
from tasks.reports.books.layout import facts, letterhead
from tasks.reports.books.params import PeriodParams
from tasks.reports.books.period import Plan, figures, plans
from tasks.reports.books.source import LINES
from tasks.reports.books.words import Words
from tasks.reports.fields import titles
from tasks.reports.kit.document import Column, Document, Sheet
from tasks.reports.kit.locale import Locale
from tasks.reports.kit.produce import produce

FIELDS = ("account_id", "debit", "credit", "balance")


class TrialBalanceParams(PeriodParams):
    """Which accounts, and what they are compared with."""

    compare: Compare = "no"
    """Whether debit, credit and closing balance of earlier periods stand beside: of those just
    before, or of the same period in the years before."""
    compared_periods: int = Field(default=1, ge=1, le=12)
    """How many earlier periods, if any."""


@task("reports.trial_balance", queue="reports", time_limit=1800)
def trial_balance(job: Job, params: TrialBalanceParams) -> Json:
    """Trial balance: opening balance, debit, credit and closing balance of each account.

    Opening balances are those of ``reports.general_ledger``. Companies that share no chart of
    accounts have a sheet each, in their own currency.
    """
    found = plans(job, params)
    words = Words.of(job.envelope.context)
    head = letterhead(job, [plan.source.books for plan in found])
    said = titles(job.odoo, LINES, FIELDS)
    compared = [_Compared.of(plan, params, words) for plan in found]
    document = Document(
        name=f"trial-balance-{found[0].period.last}",
        title=words.trial_balance,
        letterhead=head,
        sheets=[
            Sheet(each.books_name, each.columns(said, words, head.locale), each.rows())
            for each in compared
        ],
        facts=facts(words, head.locale, [plan.dated for plan in found], drafts=params.drafts),
    )
    return {**produce(job, document, params), "books": [figures(plan) for plan in found]}


@dataclass(frozen=True, slots=True)
class _Compared:
    """One set of books over a period and those it is compared with."""

    plan: Plan
    earlier: list[Plan]

    @classmethod
    def of(cls, plan: Plan, params: TrialBalanceParams, words: Words) -> _Compared:
        name = words.undistributed
        periods = earlier(plan.period, params.compare, params.compared_periods)
        return cls(
            plan,
            [
                Plan.of(plan.source, period, params.account_ids, undistributed=name)
                for period in periods
            ],
        )

    @property
    def books_name(self) -> str:
        return self.plan.source.books.name

    def columns(self, said: Mapping[str, str], words: Words, locale: Locale) -> list[Column]:
        """Two for each balance of the period: it stands on one side. Earlier ones have a sign."""
        sums = {
            "opening_debit": words.opening_debit,
            "opening_credit": words.opening_credit,
            "debit": said["debit"],
            "credit": said["credit"],
            "closing_debit": words.closing_debit,
            "closing_credit": words.closing_credit,
        }
        for number, plan in enumerate(self.earlier, start=1):
            when = named(plan.period, locale)
            for name in ("debit", "credit", "balance"):
                sums[f"{name}_{number}"] = f"{said[name]} {when}"
        currency = self.plan.source.books.currency
        return [
            Column("code", words.code, width=10),
            Column("account", said["account_id"], width=38),
            *(
                Column(name, title, "money", total=True, currency=currency, blank_zero=True)
                for name, title in sums.items()
            ),
        ]

    def rows(self) -> Iterator[tuple[str | float, ...]]:
        """One an account that has something in any of the periods."""
        every = [self.plan, *self.earlier]
        by_account = [{row.account.id: row for row in plan.rows} for plan in every]
        accounts = {row.account.id: row.account for plan in every for row in plan.rows}
        for account in sorted(accounts.values(), key=lambda each: each.order):
            now, *then = [of.get(account.id) or Balance(account) for of in by_account]
            whole = (*now.opening_sides, now.period.debit, now.period.credit, *now.closing_sides)
            past = ((row.period.debit, row.period.credit, row.closing) for row in then)
            amounts = map(self.plan.source.books.amount, chain(whole, *past))
            yield account.code, account.name, *amounts
