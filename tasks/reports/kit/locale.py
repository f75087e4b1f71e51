"""How the user who asked reads numbers, dates and times. The rules are CLDR's, by Babel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import babel
from babel import dates, numbers

from odoo_bridge.job import Json


@dataclass(frozen=True, slots=True)
class Locale:
    """A language of Odoo (``nl_BE``, ``sr@latin``) and a time zone."""

    language: str = "en_US"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @classmethod
    def of(cls, context: Json) -> Self:
        """From a job's context; its time zone is ``zone_of`` it."""
        return cls(context.get("lang") or "en_US", zone_of(context))

    @property
    def babel(self) -> babel.Locale:
        """CLDR's; English for a language that it does not know."""
        return _babel(self.language)

    @property
    def rtl(self) -> bool:
        """Whether one reads from right to left."""
        return self.babel.character_order == "right-to-left"

    def number(self, value: float | Decimal, digits: int = 2) -> str:
        """``1.234,50``; halves are rounded away from zero, as on paper."""
        if self._plain_grouping:
            rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
            point, group, minus = _symbols(self.language)
            text = f"{abs(rounded):,.{digits}f}".translate({ord(","): group, ord("."): point})
            return minus + text if rounded < 0 else text
        pattern = "#,##,##0" + (f".{'0' * digits}" if digits else "")
        return str(numbers.format_decimal(value, pattern, self.babel))

    def percent(self, ratio: float, digits: int = 1) -> str:
        """Of 0.21: ``21 %``, as the language has it."""
        pattern = self.babel.percent_formats[None].pattern
        decimals = f".{'0' * digits}" if digits else ""
        pattern = pattern.replace("0", "0" + decimals, 1)
        return str(numbers.format_percent(ratio, pattern, self.babel))

    def date(self, value: dt.date | str) -> str:
        return _short(self.language, day(value))

    def month(self, value: dt.date | str) -> str:
        """``Nov 2026``."""
        return str(dates.format_skeleton("yMMM", day(value), locale=self.babel))

    def datetime(self, value: dt.datetime | str) -> str:
        return str(dates.format_datetime(self.local(value), "short", locale=self.babel))

    def local(self, value: dt.datetime | str) -> dt.datetime:
        """The moment on the user's clock, without a zone; what has none is in UTC."""
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.astimezone(self.zone).replace(tzinfo=None)

    def now(self) -> str:
        """The moment that a report is made, as its reader writes it."""
        return self.datetime(dt.datetime.now(dt.UTC))

    @property
    def _plain_grouping(self) -> bool:
        return bool(self.babel.decimal_formats[None].grouping == (3, 3))


def sound(text: str) -> str:
    """Without half characters (lone surrogates), which no encoding has."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def day(value: Any) -> dt.date:
    """A day, also from Odoo's text. Raises ``ValueError``."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value.date() if isinstance(value, dt.datetime) else value


def zone_of(context: Json) -> ZoneInfo:
    """The job's time zone; UTC without one or with one that nobody knows, as in Odoo."""
    try:
        return ZoneInfo(context.get("tz") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@lru_cache
def _babel(language: str) -> babel.Locale:
    try:
        return babel.Locale.parse(language)
    except (ValueError, babel.UnknownLocaleError):
        return babel.Locale("en", "US")


@lru_cache(4096)
def _short(language: str, value: dt.date) -> str:
    return str(dates.format_date(value, "short", _babel(language)))


@lru_cache
def _symbols(language: str) -> tuple[str, str, str]:
    """Decimal point, group separator, minus."""
    locale = _babel(language)
    return (
        numbers.get_decimal_symbol(locale),
        numbers.get_group_symbol(locale),
        numbers.get_minus_sign_symbol(locale),
    )
