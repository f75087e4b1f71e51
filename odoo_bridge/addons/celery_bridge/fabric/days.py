"""Days whose prices are kept beside those of now."""

import datetime
from typing import NamedTuple

import pytz

from odoo.exceptions import ValidationError

NOW = "-infinity"
"""In place of a day in a key: there PostgreSQL takes no NULL for the same as another."""


class Day(NamedTuple):
    """A day in a time zone; without, what counts is the moment in which it is asked."""

    date: datetime.date | None = None
    zone: str | None = None

    @classmethod
    def asked(cls, env, text):
        """A day of whoever asks, in that one's time zone, as Odoo takes it in a domain.

        Raises ``ValidationError`` for what is no day, and for a time: rules of the whole day count.
        """
        if not text:
            return cls()
        try:
            return cls(datetime.date.fromisoformat(str(text)), env.tz.zone)
        except ValueError as error:
            message = env._("%s is not a day: write it like 2026-11-27.", text)
            raise ValidationError(message) from error

    @classmethod
    def told(cls, day):
        """What a worker tells: ``[date, zone]`` or ``None``."""
        return cls(datetime.date.fromisoformat(day[0]), day[1]) if day else cls()

    @property
    def key(self):
        """For statements."""
        return {"day": self.date or NOW, "zone": self.zone}

    def begins_as_in(self, zone):
        """Whether the same day in another zone is the same hours."""
        return self.date is None or self._begin(self.zone) == self._begin(zone)

    def _begin(self, zone):
        return pytz.timezone(zone).localize(datetime.datetime.combine(self.date, datetime.time.min))
