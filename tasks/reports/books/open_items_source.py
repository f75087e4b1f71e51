"""What the aged reports read from Odoo, as the job's user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from odoo_bridge.rpc.reading import Page, iter_pages
from tasks.job import Environment
from tasks.reports.books.companies import Books
from tasks.reports.books.open_items import Item, Match, Open
from tasks.reports.books.source import LINES, Domain, Filter

FIELDS = [
    *("partner_id", "currency_id", "move_name", "account_id", "date", "date_maturity"),
    *("amount_residual", "amount_residual_currency"),
]
MATCHES = "account.partial.reconcile"
MATCH_FIELDS = [
    *("debit_move_id", "credit_move_id", "amount"),
    *("debit_amount_currency", "credit_amount_currency"),
]


@dataclass(frozen=True, slots=True)
class OpenItemsSource:
    """Items of one set of books that were open on a day."""

    odoo: Environment
    books: Books
    filter: Filter
    account_type: str
    day: date

    @property
    def during(self) -> Domain:
        """Lines until the day that were not settled on it."""
        return [
            ("account_id.account_type", "=", self.account_type),
            ("date", "<=", f"{self.day}"),
            "|",
            "|",
            ("reconciled", "=", False),
            ("matched_debit_ids.max_date", ">", f"{self.day}"),
            ("matched_credit_ids.max_date", ">", f"{self.day}"),
        ]

    def items(self) -> Iterator[Item]:
        """With what is left of them now."""
        domain = [*self.filter.domain(self.books), *self.during]
        for page in iter_pages(self.odoo, LINES, domain, FIELDS):
            yield from self._items(page)

    def later_matches(self) -> Iterator[Match]:
        """Matches after the day, with a side in these books."""
        companies = list(self.books.company_ids)
        domain: Domain = [
            ("max_date", ">", f"{self.day}"),
            "|",
            ("debit_move_id.company_id", "in", companies),
            ("credit_move_id.company_id", "in", companies),
        ]
        for page in iter_pages(self.odoo, MATCHES, domain, MATCH_FIELDS):
            rows = zip(*(page.columns[name] for name in MATCH_FIELDS), strict=True)
            for debit, credit, amount, *foreign in rows:
                yield Match(debit, credit, self.books.whole(amount), *foreign)

    def _items(self, page: Page) -> Iterator[Item]:
        columns = page.columns
        rows = zip(columns["id"], *(columns[name] for name in FIELDS), strict=True)
        for number, partner, currency, entry, account, day, due, residual, foreign in rows:
            made = date.fromisoformat(day)
            found = Open(
                partner_id=partner or 0,
                currency_id=currency,
                entry=entry or "",
                account_id=account,
                day=made,
                due=date.fromisoformat(due) if due else made,
                residual=self.books.whole(residual),
                residual_currency=foreign,
            )
            yield Item(number, found)
