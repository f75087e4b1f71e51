"""Periods that a period is compared with. No Odoo."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from tasks.reports.books.source import Period
from tasks.reports.kit.locale import Locale

Compare = Literal["no", "previous_period", "last_year"]
YEAR = 12
"""Months."""


def earlier(period: Period, compare: Compare, times: int) -> Iterator[Period]:
    """Those to compare with, the latest first.

    The previous period of whole months is as many whole months, that of other days as many days; a
    year before, the end of a month stays one, as in the reports of Odoo Enterprise.
    """
    for _ in range(times if compare != "no" else 0):
        months = YEAR if compare == "last_year" else _months(period)
        if months:
            period = Period(_moved(period.first, -months), _moved(period.last, -months, end=True))
        else:
            days = (period.last - period.first).days
            before = period.first - timedelta(days=1)
            period = Period(before - timedelta(days=days), before)
        yield period


def named(period: Period, locale: Locale) -> str:
    """As a column's title has it: a year, a month, or its days."""
    first, last, months = period.first, period.last, _months(period)
    if months == YEAR and first.month == 1:
        return f"{first.year}"
    if months == 1:
        return locale.month(first)
    if months:
        return f"{locale.month(first)} - {locale.month(last)}"
    return f"{locale.date(first)} - {locale.date(last)}"


def _months(period: Period) -> int:
    """How many calendar months the period is; 0 if it is not made of whole ones."""
    first, last = period.first, period.last
    if first.day != 1 or not _ends_month(last):
        return 0
    return (last.year - first.year) * YEAR + last.month - first.month + 1


def _moved(day: date, months: int, *, end: bool = False) -> date:
    """So many months on; ``end``: from the end of a month to the end of a month."""
    years, month = divmod(day.year * YEAR + day.month - 1 + months, YEAR)
    longest = monthrange(years, month + 1)[1]
    kept = longest if end and _ends_month(day) else min(day.day, longest)
    return date(years, month + 1, kept)


def _ends_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
