"""Relative periods: what "last month" is on a day, and which params of a report it fills."""

from datetime import date, timedelta

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
]
"""Weeks begin on Monday (ISO 8601); years are those of the calendar."""

FIRST = ("date_from",)
LAST = ("date_to", "at", "date")
"""How reports name the first and the last day of their period. One with a last day alone is of a day."""
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def bounds(period, today):
    """The first and the last day of a period, both included."""
    which, _, unit = period.partition("_")
    if not unit:
        start = today - timedelta(days=period == "yesterday")
        return start, start
    if unit == "week":
        start = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return start, start + timedelta(days=6)
    months = MONTHS[unit]
    number = today.year * 12 + today.month - 1
    number -= number % months + months * (which == "last")
    return _first_of(number), _first_of(number + months) - timedelta(days=1)


def date_params(schema):
    """The names of a task's params that are the first and the last day; ``None`` for what it lacks."""
    params = schema.get("properties", {})
    first = next((name for name in FIRST if name in params), None)
    return first, next((name for name in LAST if name in params), None)


def params_of_period(schema, period, today):
    """A period as params of a task, as ISO 8601 dates."""
    first, last = bounds(period, today)
    return params_of_days(schema, first, last)


def params_of_days(schema, first, last):
    """Two days, each of which may be empty, as params of a task."""
    named = zip(date_params(schema), (first, last), strict=True)
    return {name: day.isoformat() for name, day in named if name and day}


def _first_of(number):
    return date(number // 12, number % 12 + 1, 1)
