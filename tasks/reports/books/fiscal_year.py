"""When a fiscal year begins. No Odoo."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

FEBRUARY = 2


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The last day of a company's fiscal years, ``res.company.fiscalyear_last_day`` and ``_month``.

    Years with dates of their own (``account.fiscal.year`` of Odoo Enterprise) are not looked at.
    """

    last_day: int = 31
    last_month: int = 12

    def start(self, day: date) -> date:
        """First day of the fiscal year that holds a day (``odoo/tools/date_utils.py``)."""
        ended = self._end(day.year)
        if day <= ended:
            ended = self._end(day.year - 1)
        return ended + timedelta(days=1)

    def _end(self, year: int) -> date:
        longest = monthrange(year, self.last_month)[1]
        if self.last_month == FEBRUARY and self.last_day == 28:
            return date(year, FEBRUARY, longest)
        return date(year, self.last_month, min(self.last_day, longest))
