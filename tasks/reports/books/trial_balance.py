"""``reports.trial_balance``: what each account was, what was posted to it, what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.books.layout import facts, letterhead, titles
from tasks.reports.books.params import PeriodParams
from tasks.reports.books.period import Plan, figures, plans
from tasks.reports.books.source import LINES
from tasks.reports.books.words import Words
from tasks.reports.kit.document import Column, Document, Sheet
from tasks.reports.kit.produce import produce

FIELDS = ("account_id", "debit", "credit")


@task("reports.trial_balance", queue="reports", time_limit=1800)
def trial_balance(job: Job, params: PeriodParams) -> Json:
    """Trial balance: opening balance, debit, credit and closing balance of each account.

    Opening balances are those of ``reports.general_ledger``. Companies that share no chart of
    accounts have a sheet each, in their own currency.
    """
    found = plans(job, params)
    words = Words.of(job.envelope.context)
    head = letterhead(job, [plan.source.books for plan in found])
    named = titles(job.odoo, LINES, FIELDS)
    document = Document(
        name=f"trial-balance-{found[0].period.last}",
        title=words.trial_balance,
        letterhead=head,
        sheets=[
            Sheet(plan.source.books.name, columns(plan, named, words), rows(plan)) for plan in found
        ],
        facts=facts(words, head.locale, [plan.dated for plan in found], drafts=params.drafts),
    )
    return {**produce(job, document, params), "books": [figures(plan) for plan in found]}


def columns(plan: Plan, named: Mapping[str, str], words: Words) -> list[Column]:
    """Two for each balance: it stands on one side."""
    sums = {
        "opening_debit": words.opening_debit,
        "opening_credit": words.opening_credit,
        "debit": named["debit"],
        "credit": named["credit"],
        "closing_debit": words.closing_debit,
        "closing_credit": words.closing_credit,
    }
    currency = plan.source.books.currency
    return [
        Column("code", words.code, width=10),
        Column("account", named["account_id"], width=38),
        *(
            Column(name, title, "money", total=True, currency=currency)
            for name, title in sums.items()
        ),
    ]


def rows(plan: Plan) -> Iterator[tuple[str | float, ...]]:
    """One an account, in the currency of its books."""
    for row in plan.rows:
        whole = (
            *row.opening_sides,
            row.period.debit,
            row.period.credit,
            *row.closing_sides,
        )
        amounts = map(plan.source.books.amount, whole)
        yield row.account.code, row.account.name, *amounts
