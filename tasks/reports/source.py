"""What ``reports.sales`` reads from Odoo, in a few large calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tasks.job import Environment
from tasks.reading import read_group
from tasks.reports.fields import titles
from tasks.reports.table import Sale

By = Literal["product", "customer", "month"]
"""What a sale is counted for."""
FIELDS: dict[By, str] = {"product": "product_id", "customer": "partner_id", "month": "date"}
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
        self, by: By, date_from: date | None, date_to: date | None, states: Sequence[str]
    ) -> Iterator[Sale]:
        """By product or customer and month, for all companies that the job sees."""
        domain = [("state", "in", list(states)), ("product_id", "!=", False)]
        domain += self._period(date_from, date_to)
        groupby = ["date:month"] if by == "month" else [FIELDS[by], "date:month"]
        for group in read_group(self.odoo, "sale.report", domain, groupby, [AMOUNT]):
            key, name = (0, "") if by == "month" else group[FIELDS[by]] or (0, "")
            yield Sale(key, name, self._month(group["date:month"][0]), group[AMOUNT])

    def titles(self) -> dict[str, str]:
        """What Odoo calls the columns, in the user's language: ``By`` and ``total``."""
        names: dict[str, str] = {**dict(FIELDS.items()), "total": "price_subtotal"}
        said = titles(self.odoo, "sale.report", names.values())
        return {key: said[name] for key, name in names.items()}

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
