"""``reports.sales``: sales by product, customer or month, as a file attached to the job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.kit import (
    Chart,
    Column,
    Document,
    Letterhead,
    Locale,
    ReportParams,
    Sheet,
    produce,
)
from tasks.reports.source import By, SalesSource
from tasks.reports.table import Table
from tasks.reports.words import Words

SHOWN = 10
"""Names in a chart."""


class SalesParams(ReportParams):
    """Which sales to report."""

    by: By = "product"
    """What the lines are. Those of products and customers have a column for each month."""
    date_from: dt.date | None = None
    """First day of the period; ``None``: from the beginning."""
    date_to: dt.date | None = None
    """Last day of the period, included; ``None``: to the end."""
    states: tuple[str, ...] = Field(default=("sale",), min_length=1)
    """States of ``sale.order`` that count; in Odoo 19: draft, sent, sale, cancel."""

    @model_validator(mode="after")
    def _check_period(self) -> Self:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise ValueError("date_from is after date_to")
        return self


@task("reports.sales", queue="reports", time_limit=1800)
def sales(job: Job, params: SalesParams) -> Json:
    """Sales by product, customer or month, with a chart."""
    letterhead = Letterhead.of(job)
    source = SalesSource(job.odoo, letterhead.locale.zone)
    job.progress(0, 2, "read sales")
    found = source.sales(params.by, params.date_from, params.date_to, params.states)
    table = Table.of(found, letterhead.currency.digits)
    titles = source.titles()
    words = Words.of(letterhead.locale.language)
    job.progress(1, 2, "write the report")
    document = Document(
        name=file_name(params, table),
        title=words.sales,
        letterhead=letterhead,
        sheets=[sheet(params.by, table, titles, letterhead.locale)],
        facts=[(words.period, _period(params, table, letterhead.locale))],
        charts=charts(params.by, table, titles, letterhead.locale),
    )
    return {
        **produce(job, document, params),
        "months": len(table.months),
        "total": round(table.total, letterhead.currency.digits),
        "currency": letterhead.currency.name,
    }


def sheet(by: By, table: Table, titles: dict[str, str], locale: Locale) -> Sheet:
    """Lines of months, or lines with a column for each month."""
    name = Words.of(locale.language).sales
    total = Column("total", titles["total"], "money", total=True)
    if by == "month":
        rows = zip(table.months, table.month_totals, strict=True)
        return Sheet(name, [Column("month", titles["month"], "month"), total], rows)
    months = [
        Column(f"{month:%Y-%m}", locale.month(month), "money", total=True) for month in table.months
    ]
    return Sheet(name, [Column(by, titles[by]), *months, total], _rows(table))


def charts(by: By, table: Table, titles: dict[str, str], locale: Locale) -> list[Chart]:
    """Months side by side, and the products or customers that make the most."""
    if not table.rows:
        return []
    months = [locale.month(month) for month in table.months]
    found = [
        Chart(
            f"{titles['total']} · {titles['month']}", months, {titles["total"]: table.month_totals}
        )
    ]
    if by != "month":
        best = sorted(table.rows, key=lambda row: row.total, reverse=True)[:SHOWN]
        amounts = {titles["total"]: [row.total for row in best]}
        found.append(
            Chart(f"{titles['total']} · {titles[by]}", [row.name for row in best], amounts)
        )
    return found


def file_name(params: SalesParams, table: Table) -> str:
    """``sales-2026-11``: the months asked for, else those with sales."""
    first = params.date_from or (table.months[0] if table.months else None)
    last = params.date_to or (table.months[-1] if table.months else None)
    months = [f"{day:%Y-%m}" for day in (first, last) if day]
    by = [] if params.by == "product" else ["by", params.by]
    return "-".join(["sales", *by, *dict.fromkeys(months)])


def _rows(table: Table) -> Iterator[tuple[str | float, ...]]:
    return ((row.name, *row.amounts, row.total) for row in table.rows)


def _period(params: SalesParams, table: Table, locale: Locale) -> str:
    """The days asked for; where none was, the first and last month with sales."""
    ends = [(params.date_from, 0), (params.date_to, -1)]
    shown = [
        locale.date(day) if day else locale.month(table.months[place]) if table.months else "…"
        for day, place in ends
    ]
    return " - ".join(shown)
