"""What ``reports.sales`` reads from Odoo, in a few large calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo_bridge.job import Json
from tasks.job import Environment
from tasks.reading import read_group, read_one
from tasks.reports.table import Sale
from tasks.reports.workbook import Currency

AMOUNT = "price_subtotal:sum"
STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class SalesSource:
    """Reads ``sale.report`` as the job's user: that is the view behind Odoo's own sales analysis.

    Its amounts are untaxed and in the currency of the job's current company: Odoo divides each
    order by the rate that it was made with, and takes today's rate between companies
    (``sale/report/sale_report.py``, ``_select_sale`` and ``_from_sale``). Lines without a
    product count nothing there. Days and months are those of the user's time zone.
    """

    odoo: Environment
    zone: ZoneInfo

    def sales(
        self, date_from: date | None, date_to: date | None, states: Sequence[str]
    ) -> Iterator[Sale]:
        """By product and month, for all companies that the job sees."""
        domain = [("state", "in", list(states)), ("product_id", "!=", False)]
        domain += self._period(date_from, date_to)
        groupby = ["product_id", "date:month"]
        for group in read_group(self.odoo, "sale.report", domain, groupby, [AMOUNT]):
            product_id, product = group["product_id"]
            yield Sale(product_id, product, self._month(group["date:month"][0]), group[AMOUNT])

    def company_names(self, ids: Sequence[int]) -> str:
        rows = self.odoo["res.company"].read(list(ids), ["name"], load="")
        return ", ".join(row["name"] for row in rows)

    def currency(self, company_id: int) -> Currency:
        company = read_one(self.odoo, "res.company", company_id, ["currency_id"])
        fields = ["name", "symbol", "position", "decimal_places"]
        row = read_one(self.odoo, "res.currency", company["currency_id"], fields)
        return Currency(row["name"], row["symbol"], row["position"], row["decimal_places"])

    def _period(self, date_from: date | None, date_to: date | None) -> list[Any]:
        """Both days included."""
        bounds: list[Any] = []
        if date_from:
            bounds.append(("date", ">=", self._start_of(date_from)))
        if date_to:
            bounds.append(("date", "<", self._start_of(date_to + timedelta(days=1))))
        return bounds

    def _start_of(self, day: date) -> str:
        """Midnight in the user's time zone, as Odoo stores it: UTC."""
        midnight = datetime.combine(day, time.min, self.zone)
        return midnight.astimezone(UTC).strftime(STAMP)

    def _month(self, start: str) -> date:
        """The month of a group, which Odoo names by its start in UTC."""
        moment = datetime.strptime(start, STAMP).replace(tzinfo=UTC)
        return moment.astimezone(self.zone).date().replace(day=1)


def zone_of(context: Json) -> ZoneInfo:
    """The job's time zone; UTC without one or with one that nobody knows, as in Odoo."""
    try:
        return ZoneInfo(context.get("tz") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
