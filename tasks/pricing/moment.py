"""The time for which prices are asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """Rules that hold at some time from ``first`` to ``last`` count, and the rates of ``day``.

    Times are UTC without a zone, as Odoo keeps them.
    """

    first: datetime
    last: datetime
    day: date

    @classmethod
    def of(cls, on: date | datetime | None, zone: str | None = None) -> Moment:
        """``None`` means now; a day, any time of it in the zone.

        That is how Odoo reads a day in a domain on a datetime (``odoo/orm/domains.py``,
        ``_optimize_type_datetime``), and a time in one on a date (``_value_to_date``).
        """
        if on is None:
            on = datetime.now(UTC)
        if isinstance(on, datetime):
            naive = on.astimezone(UTC).replace(tzinfo=None) if on.tzinfo else on
            naive = naive.replace(microsecond=0)
            return cls(naive, naive, naive.date())
        local = datetime.combine(on, time.min, ZoneInfo(zone or "UTC"))
        first = local.astimezone(UTC).replace(tzinfo=None)
        return cls(first, first + timedelta(days=1) - SECOND, on)

    @classmethod
    def on(cls, day: Day | None) -> Moment:
        """``None`` means now."""
        return cls.of(day.date, day.zone) if day else cls.of(None)


class Day(NamedTuple):
    """A day in a time zone, whose prices are kept beside those of now."""

    date: dt.date
    zone: str

    @classmethod
    def told(cls, day: list[str] | None) -> Self | None:
        """As ``celery.price.begin`` of the addon says it; ``None`` is now."""
        return cls(date.fromisoformat(day[0]), day[1]) if day else None

    @property
    def past(self) -> bool:
        """Whether it has ended."""
        return Moment.on(self).last < Moment.of(None).first


class Kept(NamedTuple):
    """A set of prices that is kept: those of a pricelist now, or on a day."""

    pricelist_id: int
    day: Day | None = None

    @property
    def told_day(self) -> tuple[Any, ...]:
        """The last argument of what the addon is called with; none for prices of now."""
        return ([self.day.date.isoformat(), self.day.zone],) if self.day else ()

    def __str__(self) -> str:
        return f"{self.pricelist_id} {self.day.date}" if self.day else str(self.pricelist_id)
