"""``reports.aged``: what customers owe, or what is owed to vendors, on a day, by age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.books.companies import Books, books_of, check_ids
from tasks.reports.books.layout import letterhead
from tasks.reports.books.open_items import (
    BUCKETS,
    Aged,
    Open,
    aged_rows,
    as_of,
    bucket,
    by_name,
    column_sums,
)
from tasks.reports.books.open_items_source import OpenItemsSource
from tasks.reports.books.params import BooksParams
from tasks.reports.books.source import LINES, BooksSource, Filter
from tasks.reports.books.words import Words
from tasks.reports.fields import titles
from tasks.reports.kit.document import Column, Document, Heading, Row, Sheet, Subtotal
from tasks.reports.kit.locale import zone_of
from tasks.reports.kit.produce import produce

KINDS = {"receivable": "asset_receivable", "payable": "liability_payable"}
FIELDS = ("partner_id", "move_id", "date", "date_maturity", "currency_id", "amount_currency")


class AgedParams(BooksParams):
    """Whose open items, on which day."""

    kind: Literal["receivable", "payable"] = "receivable"
    at: dt.date | None = None
    """The day; ``None``: today."""
    interval: int = Field(default=30, ge=1, le=366)
    """Days of each of the four ranges."""
    details: bool = False
    """Whether every item has a row, not only every partner."""


@task("reports.aged", queue="reports", time_limit=1800)
def aged(job: Job, params: AgedParams) -> Json:
    """Aged receivable or payable: what was open on a day, by partner and by days past due.

    What was paid after the day is open on it. In the currency of the books, what is owed in another
    one beside. Companies that share no chart of accounts have a sheet each.
    """
    books = books_of(job, params.company_ids)
    check_ids(job.odoo, "res.partner", params.partner_ids, books)
    day = params.at or dt.datetime.now(zone_of(job.envelope.context)).date()
    words = Words.of(job.envelope.context)
    head = letterhead(job, books)
    named = titles(job.odoo, LINES, FIELDS)
    found = [_Aging.of(job, params, each, day, words) for each in books]
    document = Document(
        name=f"aged-{params.kind}-{day}",
        title=words.receivable if params.kind == "receivable" else words.payable,
        letterhead=head,
        sheets=[aging.sheet(named) for aging in found],
        facts=[
            (words.at, head.locale.date(day)),
            (words.entries, words.with_drafts if params.drafts else words.posted),
        ],
    )
    return {**produce(job, document, params), "books": [aging.figures() for aging in found]}


@dataclass(frozen=True, slots=True)
class _Aging:
    """One set of books."""

    books: Books
    params: AgedParams
    day: dt.date
    words: Words
    items: list[Open]
    """What is owed is positive, to whomever."""
    partners: Mapping[int, str]
    currencies: Mapping[int, str]

    @classmethod
    def of(cls, job: Job, params: AgedParams, books: Books, day: dt.date, words: Words) -> _Aging:
        filtered = Filter(params.drafts, partner_ids=params.partner_ids)
        source = OpenItemsSource(job.odoo, books, filtered, KINDS[params.kind], day)
        lines = BooksSource(job.odoo, books, filtered)
        sign = 1 if params.kind == "receivable" else -1
        return cls(
            books=books,
            params=params,
            day=day,
            words=words,
            items=[signed(item, sign) for item in as_of(source.items(), source.later_matches())],
            partners=lines.names("partner_id", source.during),
            currencies=lines.currencies(),
        )

    def sheet(self, named: Mapping[str, str]) -> Sheet:
        rows = self._details() if self.params.details else self._summary()
        return Sheet(self.books.name, self._columns(named), rows)

    def figures(self) -> Json:
        """What it came to, for the job's result."""
        sums = column_sums(self._rows())
        return {
            "company": self.books.name,
            "currency": self.books.currency.name,
            "buckets": [self.books.amount(each) for each in sums],
            "total": self.books.amount(sum(sums)),
        }

    def _columns(self, named: Mapping[str, str]) -> list[Column]:
        of_items = [
            Column("entry", named["move_id"], width=26),
            Column("date", named["date"], "date"),
            Column("due", named["date_maturity"], "date"),
        ]
        return [
            Column("partner", named["partner_id"], width=14 if self.params.details else 36),
            *(of_items if self.params.details else []),
            Column("amount_currency", named["amount_currency"], "number", width=14),
            Column("currency", named["currency_id"], width=11),
            *(
                Column(
                    name,
                    title,
                    "money",
                    total=True,
                    width=12,
                    currency=self.books.currency,
                    blank_zero=True,
                )
                for name, title in self._ranges()
            ),
        ]

    def _ranges(self) -> Iterator[tuple[str, str]]:
        days = self.params.interval
        yield "not_due", self.words.not_due
        for number in range(BUCKETS - 2):
            text = f"{number * days + 1}-{(number + 1) * days}"
            yield f"days_{text.replace('-', '_')}", text
        yield "older", self.words.older
        yield "total", self.words.total

    def _summary(self) -> Iterator[Row]:
        for row in self._rows():
            yield (
                self._name(row.partner_id),
                *self._foreign(row.currency_id, row.amount_currency),
                *map(self.books.amount, (*row.buckets, row.total)),
            )

    def _details(self) -> Iterator[Row]:
        items = sorted(
            self.items,
            key=lambda item: (*by_name(item.partner_id, self.partners), item.due, item.entry),
        )
        for partner_id, of_partner in groupby(items, key=lambda item: item.partner_id):
            name = self._name(partner_id)
            yield Heading(name)
            for item in of_partner:
                yield self._item(name, item)
            yield Subtotal(f"{self.words.total} {name}")

    def _item(self, name: str, item: Open) -> list[Any]:
        buckets = [0] * BUCKETS
        buckets[bucket(item.due, self.day, self.params.interval)] = item.residual
        foreign = self._foreign(item.currency_id, item.residual_currency)
        amounts = map(self.books.amount, (*buckets, item.residual))
        return [name, item.entry, item.day, item.due, *foreign, *amounts]

    def _rows(self) -> list[Aged]:
        return aged_rows(self.items, self.day, self.params.interval, self.partners)

    def _foreign(self, currency_id: int, amount: float) -> tuple[float | None, str | None]:
        name = self.currencies.get(currency_id)
        return (None, None) if name == self.books.currency.name else (amount, name)

    def _name(self, partner_id: int) -> str:
        return self.partners.get(partner_id, self.words.nobody)


def signed(item: Open, sign: int) -> Open:
    """What is owed to vendors stands in the books as credit, which is negative."""
    return replace(
        item, residual=sign * item.residual, residual_currency=sign * item.residual_currency
    )
