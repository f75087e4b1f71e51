"""Whose books a report is about: the companies of its job, as sets of books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from tasks.job import Environment, Job
from tasks.reading import company_id_of, read_one
from tasks.reports.books.fiscal_year import FiscalYear
from tasks.reports.kit.letterhead import Currency

FIELDS = ["name", "currency_id", "root_id", "fiscalyear_last_day", "fiscalyear_last_month"]


@dataclass(frozen=True, slots=True)
class Books:
    """A company with its branches: one chart of accounts, one currency, one fiscal year."""

    company_ids: tuple[int, ...]
    """Those that are reported; the first one is the main one, if the job may see it."""
    name: str
    currency: Currency
    fiscal_year: FiscalYear

    @property
    def context(self) -> Json:
        """In which Odoo knows the codes of these books' accounts."""
        return {"allowed_company_ids": list(self.company_ids)}

    def whole(self, amount: float) -> int:
        """In the currency's smallest unit; Odoo keeps amounts rounded to it."""
        return round(amount * float(10**self.currency.digits))

    def amount(self, whole: int) -> float:
        """The float nearest to the decimal number."""
        return whole / float(10**self.currency.digits)


def books_of(job: Job, company_ids: Sequence[int] = ()) -> list[Books]:
    """Those of the companies asked for; the books of the job's current company come first.

    Without any asked for: all that the job may see, as the web client's switch of companies says.
    Raises ``RecordMissing`` for a company that is not one of them.
    """
    seen = _companies_of(job)
    strangers = sorted(set(company_ids) - set(seen))
    if strangers:
        raise RecordMissing(
            f"res.company {strangers} does not exist or is none of the job's companies"
        )
    wanted = [each for each in seen if not company_ids or each in company_ids]
    rows = job.odoo["res.company"].read(wanted, FIELDS, load="")
    by_id = {row["id"]: row for row in rows}
    roots: dict[int, list[Json]] = {}
    for company_id in wanted:
        row = by_id[company_id]
        roots.setdefault(row["root_id"], []).append(row)
    return [_books(job.odoo, root, rows) for root, rows in roots.items()]


def _companies_of(job: Job) -> list[int]:
    context, user_id = job.envelope.context, job.envelope.user_id
    allowed = context.get("allowed_company_ids")
    if not allowed:
        current = company_id_of(job.odoo, user_id, context)
        others = read_one(job.odoo, "res.users", user_id, ["company_ids"])["company_ids"]
        allowed = [current, *others]
    return list(dict.fromkeys(map(int, allowed)))


def _books(odoo: Environment, root: int, rows: Sequence[Json]) -> Books:
    first, *branches = sorted(rows, key=lambda row: bool(row["id"] != root))
    year = FiscalYear(first["fiscalyear_last_day"], int(first["fiscalyear_last_month"]))
    companies = [first, *branches]
    return Books(
        company_ids=tuple(row["id"] for row in companies),
        name=", ".join(row["name"] for row in companies),
        currency=Currency.read(odoo, first["currency_id"]),
        fiscal_year=year,
    )


def check_ids(odoo: Environment, model: str, ids: Sequence[int], books: Sequence[Books]) -> None:
    """Raises ``RecordMissing`` that names the records which the job's user cannot see."""
    if not ids:
        return
    found: set[int] = set()
    for context in _contexts(books):
        found |= set(odoo[model].search([("id", "in", list(ids))], context=context))
    missing = sorted(set(ids) - found)
    if missing:
        raise RecordMissing(f"{model} {missing} does not exist or is not of the report's companies")


def _contexts(books: Sequence[Books]) -> Iterator[Json]:
    for each in books:
        yield {**each.context, "active_test": False}
