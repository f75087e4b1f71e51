"""Whose report it is: the companies of the job, their currency, and how its user reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

from odoo_bridge.job import Json
from tasks.job import Environment, Job
from tasks.reading import company_id_of, read_one
from tasks.reports.kit.locale import Locale


@dataclass(frozen=True, slots=True)
class Currency:
    """A ``res.currency``."""

    FIELDS: ClassVar = ("name", "symbol", "position", "decimal_places")

    name: str
    symbol: str
    position: str = "after"
    """``before`` or ``after`` the amount."""
    digits: int = 2

    @classmethod
    def of(cls, row: Json) -> Self:
        """From its ``FIELDS``."""
        return cls(*(row[name] for name in cls.FIELDS))

    @classmethod
    def read(cls, odoo: Environment, currency_id: int) -> Self:
        """Raises ``RecordMissing``."""
        return cls.of(read_one(odoo, "res.currency", currency_id, cls.FIELDS))


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above every report."""

    company: str
    """Names, with commas."""
    currency: Currency
    locale: Locale = field(default_factory=Locale)
    company_ids: tuple[int, ...] = ()
    """Those whose records the job may see; the first is the current one."""

    @classmethod
    def of(cls, job: Job) -> Self:
        """As Odoo takes it from the job's user and context."""
        context = job.envelope.context
        current = company_id_of(job.odoo, job.envelope.user_id, context)
        ids = tuple(context.get("allowed_company_ids") or [current])
        rows = job.odoo["res.company"].read(list(ids), ["name", "currency_id"], load="")
        by_id = {row["id"]: row for row in rows}
        return cls(
            company=", ".join(by_id[each]["name"] for each in ids if each in by_id),
            currency=Currency.read(job.odoo, by_id[current]["currency_id"]),
            locale=Locale.of(context),
            company_ids=ids,
        )
