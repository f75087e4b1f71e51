"""The time for which prices are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
