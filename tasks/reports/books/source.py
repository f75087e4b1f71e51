"""What the reports of the books read from Odoo, as the job's user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from odoo_bridge.job import Json
from odoo_bridge.rpc.reading import iter_pages
from tasks.job import Environment
from tasks.reading import read_group
from tasks.reports.books.balances import Account, Key, Sums
from tasks.reports.books.companies import Books

LINES = "account.move.line"
A_CALL = 2_500
"""Lines a call: fewer than elsewhere, so that none keeps Odoo from people for long."""
SUMS = ["debit:sum", "credit:sum", "__count"]
Domain = list[Any]


class Line(NamedTuple):
    """An ``account.move.line``; what is unset is ``None``."""

    id: int
    date: str
    move_name: str | None
    account_id: int
    journal_id: int
    partner_id: int | None
    name: str | None
    ref: str | None
    debit: float
    credit: float
    amount_currency: float
    currency_id: int
    company_currency_id: int

    @property
    def order(self) -> tuple[str, str, int]:
        """By day, then by entry, as in Odoo's general ledger."""
        return self.date, self.move_name or "", self.id


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines count, whatever the period."""

    drafts: bool = False
    journal_ids: Sequence[int] = ()
    partner_ids: Sequence[int] = ()

    def domain(self, books: Books) -> Domain:
        """Lines without an account are but titles and notes of invoices."""
        states = ["draft", "posted"] if self.drafts else ["posted"]
        found: Domain = [
            ("company_id", "in", list(books.company_ids)),
            ("parent_state", "in", states),
            ("account_id", "!=", False),
        ]
        if self.journal_ids:
            found.append(("journal_id", "in", list(self.journal_ids)))
        if self.partner_ids:
            found.append(("partner_id", "in", list(self.partner_ids)))
        return found


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    first: date
    last: date

    @property
    def domain(self) -> Domain:
        return [("date", ">=", f"{self.first}"), ("date", "<=", f"{self.last}")]

    def months(self) -> Iterator[Period]:
        """The parts of it, none longer than a month."""
        start = self.first
        while start <= self.last:
            end = (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            yield Period(start, min(end, self.last))
            start = end + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BooksSource:
    """Reads one set of books: exactly the lines that the web client shows the job's user."""

    odoo: Environment
    books: Books
    filter: Filter

    def accounts(self) -> list[Account]:
        """The whole chart, archived accounts too, by code as these books have it."""
        fields = ["code", "name", "account_type", "include_initial_balance"]
        context = {**self.books.context, "active_test": False}
        rows = self.odoo["account.account"].search_read([], fields, context=context)
        found = [
            Account(
                row["id"],
                row["code"] or "",
                row["name"],
                row["include_initial_balance"],
                row["account_type"] == "equity_unaffected",
            )
            for row in rows
        ]
        return sorted(found, key=lambda account: account.order)

    def sums(self, during: Domain, *, by_partner: bool = False) -> dict[Key, Sums]:
        """What was posted, by account, and by partner in the order of their names if wanted."""
        groupby = ["account_id", "partner_id"] if by_partner else ["account_id"]
        return {
            (group["account_id"][0], _id(group.get("partner_id"))): Sums(
                self.books.whole(group["debit:sum"]),
                self.books.whole(group["credit:sum"]),
                group["__count"],
            )
            for group in self._groups(during, groupby, SUMS)
        }

    def lines(self, during: Domain) -> Iterator[Line]:
        """The lines themselves, in the order of their ids."""
        domain = [*self.filter.domain(self.books), *during]
        for page in iter_pages(self.odoo, LINES, domain, Line._fields, A_CALL):
            yield from map(Line, *(page.columns[name] for name in Line._fields))

    def names(self, field: str, during: Domain) -> dict[int, str]:
        """What a many2one field of the lines shows, by id, as in the web client."""
        groups = self._groups([*during, (field, "!=", False)], [field], [])
        return dict(group[field] for group in groups)

    def journals(self) -> dict[int, str]:
        """Short codes by id."""
        context = {**self.books.context, "active_test": False}
        rows = self.odoo["account.journal"].search_read([], ["code"], context=context)
        return {row["id"]: row["code"] for row in rows}

    def currencies(self) -> dict[int, str]:
        rows = self.odoo["res.currency"].search_read([], ["name"], context={"active_test": False})
        return {row["id"]: row["name"] for row in rows}

    def _groups(
        self, during: Domain, groupby: Sequence[str], aggregates: Sequence[str]
    ) -> Iterator[Json]:
        domain = [*self.filter.domain(self.books), *during]
        return read_group(self.odoo, LINES, domain, groupby, aggregates, context=self.books.context)


def before(day: date) -> Domain:
    return [("date", "<", f"{day}")]


def _id(many2one: Any) -> int:
    return many2one[0] if many2one else 0
