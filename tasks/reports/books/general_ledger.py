"""``reports.general_ledger``: every entry of a period by account, with running balances."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.books.balances import Balance
from tasks.reports.books.layout import facts, letterhead
from tasks.reports.books.ledger import lines_by_balance
from tasks.reports.books.params import PeriodParams
from tasks.reports.books.period import Plan, figures, plans
from tasks.reports.books.source import LINES, Line
from tasks.reports.books.words import Words
from tasks.reports.fields import titles
from tasks.reports.kit.document import (
    Block,
    Column,
    Document,
    Heading,
    Opening,
    Row,
    Sheet,
    Subtotal,
)
from tasks.reports.kit.produce import produce

FIELDS = (
    *("account_id", "date", "move_id", "journal_id", "partner_id", "name"),
    *("debit", "credit", "balance", "amount_currency", "currency_id"),
)
NOTHING = (None,) * len(FIELDS)
LABEL, BALANCE = FIELDS.index("name"), FIELDS.index("balance")


class GeneralLedgerParams(PeriodParams):
    """Which part of the general ledger."""

    by_partner: bool = False
    """Whether the lines of an account stand by partner, each with a balance of its own."""


@task("reports.general_ledger", queue="reports", time_limit=3600)
def general_ledger(job: Job, params: GeneralLedgerParams) -> Json:
    """General ledger: every entry of a period by account, with opening and running balances.

    Balance sheet accounts carry what was posted since the beginning, income and expenses since the
    fiscal year began; what those were before is with current year earnings, as in Odoo. Companies
    that share no chart of accounts have a sheet each, in their own currency.
    """
    found = plans(job, params, by_partner=params.by_partner)
    words = Words.of(job.envelope.context)
    head = letterhead(job, [plan.source.books for plan in found])
    named = titles(job.odoo, LINES, FIELDS)
    document = Document(
        name=f"general-ledger-{found[0].period.last}",
        title=words.general_ledger,
        letterhead=head,
        sheets=[
            Sheet(
                plan.source.books.name,
                columns(plan, named),
                Ledger.of(plan, words, by_partner=params.by_partner).rows(),
            )
            for plan in found
        ],
        facts=facts(words, head.locale, [plan.dated for plan in found], drafts=params.drafts),
    )
    lines = sum(row.period.lines for plan in found for row in plan.rows)
    return {**produce(job, document, params, lines), "books": [figures(plan) for plan in found]}


def columns(plan: Plan, named: Mapping[str, str]) -> list[Column]:
    """In the currency of the books, what was booked in another one beside."""
    currency = plan.source.books.currency

    def side(name: str) -> Column:
        return Column(name, named[name], "money", total=True, currency=currency, blank_zero=True)

    made = {
        "account_id": Column("account", named["account_id"], width=10),
        "date": Column("date", named["date"], "date"),
        "move_id": Column("entry", named["move_id"], width=24),
        "journal_id": Column("journal", named["journal_id"], width=11),
        "partner_id": Column("partner", named["partner_id"], width=22),
        "name": Column("label", named["name"], width=30),
        "debit": side("debit"),
        "credit": side("credit"),
        "balance": Column("balance", named["balance"], "money", currency=currency, running=True),
        "amount_currency": Column("amount_currency", named["amount_currency"], "number", width=15),
        "currency_id": Column("currency", named["currency_id"], width=11),
    }
    return [made[name] for name in FIELDS]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of one set of books, as they are read."""

    plan: Plan
    words: Words
    by_partner: bool
    journals: Mapping[int, str]
    partners: Mapping[int, str]
    currencies: Mapping[int, str]

    @classmethod
    def of(cls, plan: Plan, words: Words, *, by_partner: bool) -> Ledger:
        source = plan.source
        return cls(
            plan=plan,
            words=words,
            by_partner=by_partner,
            journals=source.journals(),
            partners=source.names("partner_id", [("date", "<=", f"{plan.period.last}")]),
            currencies=source.currencies(),
        )

    def rows(self) -> Iterator[Row]:
        """Accounts, in them partners if wanted, in them lines."""
        parts = lines_by_balance(
            self.plan.source.lines, self.plan.rows, self.plan.period, by_partner=self.by_partner
        )
        for account, of_account in groupby(parts, key=lambda part: part[0].account):
            yield Heading(account.label)
            closing = 0
            for balance, of_balance in groupby(of_account, key=lambda part: part[0]):
                chunks = (lines for _, lines in of_balance)
                closing += yield from self._balance(balance, chunks)
            yield self._closing(account.label, 0, closing)

    def _balance(self, balance: Balance, chunks: Iterator[list[Line]]) -> Generator[Row, None, int]:
        """Opening balance and lines; returns the closing balance, in whole units."""
        name = self.partners.get(balance.partner_id, self.words.nobody)
        if self.by_partner:
            yield Heading(name, 1)
        running = balance.opening
        if running:
            yield self._opening(balance)
        for lines in chunks:
            if lines:
                running, block = self._block(balance, running, lines)
                yield block
        if self.by_partner:
            yield self._closing(name, 1, running)
        return running

    def _opening(self, balance: Balance) -> Opening:
        cells: list[str | float | None] = list(NOTHING)
        cells[0] = balance.account.code
        cells[LABEL] = self.words.opening
        cells[BALANCE] = self.plan.source.books.amount(balance.opening)
        return Opening(cells)

    def _closing(self, name: str, level: int, closing: int) -> Subtotal:
        text = f"{self.words.total} {name}"
        return Subtotal(text, level, {"balance": self.plan.source.books.amount(closing)})

    def _block(self, balance: Balance, running: int, lines: list[Line]) -> tuple[int, Block]:
        """The lines as columns, and the balance after them."""
        books = self.plan.source.books
        balances = []
        for line in lines:
            running += books.whole(line.debit) - books.whole(line.credit)
            balances.append(books.amount(running))
        code = balance.account.code
        foreign = [self._foreign(line) for line in lines]
        columns: list[Sequence[Any]] = [
            [code] * len(lines),
            [line.date for line in lines],
            [line.move_name for line in lines],
            [self.journals.get(line.journal_id, "") for line in lines],
            [self.partners.get(line.partner_id or 0) for line in lines],
            [label(line) for line in lines],
            [line.debit or (None if line.credit else 0.0) for line in lines],
            [line.credit or None for line in lines],
            balances,
            [amount for amount, _ in foreign],
            [currency for _, currency in foreign],
        ]
        return running, Block(columns)

    def _foreign(self, line: Line) -> tuple[float | None, str | None]:
        if line.currency_id == line.company_currency_id:
            return None, None
        return line.amount_currency, self.currencies.get(line.currency_id)


def label(line: Line) -> str:
    """Reference and label, as Odoo names a line (``_format_aml_name``)."""
    return " - ".join(part for part in (line.ref, line.name) if part)
