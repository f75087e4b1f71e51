"""``reports.sales``: sales by product and month, as an XLSX attached to the job."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.reading import company_id_of
from tasks.registry import Params, task
from tasks.reports.source import SalesSource, zone_of
from tasks.reports.table import Table
from tasks.reports.workbook import Heading, render

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SalesParams(Params):
    """Which sales to report."""

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
    """Sales by product and month, as a spreadsheet on the job."""
    context = job.envelope.context
    company_id = company_id_of(job.odoo, job.envelope.user_id, context)
    source = SalesSource(job.odoo, zone_of(context))
    job.progress(0, 2, "read sales")
    currency = source.currency(company_id)
    found = source.sales(params.date_from, params.date_to, params.states)
    table = Table.of(found, currency.digits)
    company = source.company_names(context.get("allowed_company_ids") or [company_id])
    job.progress(1, 2, "write the spreadsheet")
    name = file_name(params, table)
    job.attach(name, render(table, Heading(company, _period(params)), currency), XLSX)
    job.progress(2, 2, name)
    return {
        "rows": len(table.rows),
        "months": len(table.months),
        "total": round(table.total, currency.digits),
        "currency": currency.name,
        "file": name,
    }


def file_name(params: SalesParams, table: Table) -> str:
    """``sales-2026-11.xlsx``: the months asked for, else those with sales."""
    first = params.date_from or (table.months[0] if table.months else None)
    last = params.date_to or (table.months[-1] if table.months else None)
    months = [f"{day:%Y-%m}" for day in (first, last) if day]
    return "-".join(["sales", *dict.fromkeys(months)]) + ".xlsx"


def _period(params: SalesParams) -> str:
    start = f"from {params.date_from}" if params.date_from else "from the beginning"
    return f"{start} to {params.date_to}" if params.date_to else f"{start} to the end"
