"""When a schedule runs next: crontab(5) in a time zone, within a business window. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Json

FORMAT = "%Y-%m-%d %H:%M:%S"
"""How Odoo writes a time (``odoo.tools.DEFAULT_SERVER_DATETIME_FORMAT``), in UTC."""

_MOST_LOOKS = 100_000
"""Occurrences to look at before a window that none fits is given up: over two months of minutes."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One ``celery.schedule``. Hours are of the schedule's own time zone."""

    cron: str
    tz: str
    window_from: float = 0.0
    window_to: float = 0.0
    weekdays_only: bool = False

    @classmethod
    def from_row(cls, row: Json) -> Self:
        """From what ``fabric_due_schedules`` answers."""
        return cls(
            row["cron"], row["tz"], row["window_from"], row["window_to"], row["weekdays_only"]
        )

    def next_run(self, after: datetime) -> datetime:
        """The first of ``runs``."""
        return self.runs(after, 1)[0]

    def runs(self, after: datetime, most: int) -> list[datetime]:
        """The first times after ``after`` (aware), in UTC, at least one.

        Times that a change of the clock skips or repeats run once, as Debian's cron does it.
        Raises ``InvalidParams`` for a crontab line or a time zone that is none, and when no
        occurrence fits the window.
        """
        looks = islice(self._occurrences(after), _MOST_LOOKS)
        found = [each.astimezone(UTC) for each in islice(filter(self._allows, looks), most)]
        if not found:
            raise InvalidParams(f"{self.cron!r} never falls into its window")
        return found

    def _occurrences(self, after: datetime) -> Iterator[datetime]:
        try:
            return iter(CronSim(self.cron, after.astimezone(ZoneInfo(self.tz))))
        except CronSimError as error:
            raise InvalidParams(f"{self.cron!r} is no line of a crontab: {error}") from error
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidParams(f"{self.tz!r} is no time zone") from error

    def _allows(self, local: datetime) -> bool:
        hour = local.hour + local.minute / 60
        in_window = self.window_to == 0 or self.window_from <= hour <= self.window_to
        return in_window and not (self.weekdays_only and local.weekday() >= 5)


def from_odoo(text: str) -> datetime:
    """Odoo's text of a time, as an aware one."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
