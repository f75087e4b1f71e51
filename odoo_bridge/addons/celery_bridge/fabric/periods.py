"""Relative periods: what "last month" is on a day, and which params of a report it fills."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

PERIODS = [
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("this_week", "This week"),
    ("last_week", "Last week"),
    ("this_month", "This month"),
    ("last_month", "Last month"),
    ("this_quarter", "This quarter"),
    ("last_quarter", "Last quarter"),
    ("this_year", "This year"),
    ("last_year", "Last year"),
    ("this_fiscal_year", "This fiscal year"),
    ("last_fiscal_year", "Last fiscal year"),
]
"""Months, quarters and years are those of the calendar; weeks and fiscal years, of a ``Calendar``."""

FIRST = ("date_from",)
LAST = ("date_to", "at", "date")
"""How reports name the first and the last day of their period. One with a last day alone is of a day."""
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _calendar_year(day):
    return date(day.year, 1, 1), date(day.year, 12, 31)


class Calendar(NamedTuple):
    """What differs from people to people."""

    week_start: int = 1
    """1 is Monday, 7 is Sunday (``res.lang``, ``week_start``)."""
    fiscal_year: Callable[[date], tuple[date, date]] = _calendar_year
    """The first and the last day of the fiscal year that holds a day."""

    @classmethod
    def of(cls, company, lang):
        """A language's weeks and a company's fiscal years; of the calendar where no accounting is installed."""
        week_start = int(company.env["res.lang"]._get_data(code=lang).week_start or cls().week_start)
        if not hasattr(company, "compute_fiscalyear_dates"):
            return cls(week_start)

        def fiscal_year(day):
            found = company.sudo().compute_fiscalyear_dates(day)
            return found["date_from"], found["date_to"]

        return cls(week_start, fiscal_year)


def bounds(period, today, calendar):
    """The first and the last day of a period, both included."""
    which, _, unit = period.partition("_")
    if not unit:
        start = today - timedelta(days=period == "yesterday")
        return start, start
    if unit == "week":
        passed = (today.isoweekday() - calendar.week_start) % 7
        start = today - timedelta(days=passed + 7 * (which == "last"))
        return start, start + timedelta(days=6)
    if unit == "fiscal_year":
        found = calendar.fiscal_year(today)
        return found if which == "this" else calendar.fiscal_year(found[0] - timedelta(days=1))
    months = MONTHS[unit]
    number = today.year * 12 + today.month - 1
    number -= number % months + months * (which == "last")
    return _first_of(number), _first_of(number + months) - timedelta(days=1)


def date_params(schema):
    """The names of a task's params that are the first and the last day; ``None`` for what it lacks."""
    params = schema.get("properties", {})
    first = next((name for name in FIRST if name in params), None)
    return first, next((name for name in LAST if name in params), None)


def params_of_period(schema, period, today, calendar):
    """A period as params of a task, as ISO 8601 dates."""
    first, last = bounds(period, today, calendar)
    return params_of_days(schema, first, last)


def params_of_days(schema, first, last):
    """Two days, each of which may be empty, as params of a task."""
    named = zip(date_params(schema), (first, last), strict=True)
    return {name: day.isoformat() for name, day in named if name and day}


def _first_of(number):
    return date(number // 12, number % 12 + 1, 1)
