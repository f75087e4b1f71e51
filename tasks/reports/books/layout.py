"""What the reports of the books have in common on paper."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.job import Job
from tasks.reports.books.companies import Books
from tasks.reports.books.source import Period
from tasks.reports.books.words import Words
from tasks.reports.kit.letterhead import Letterhead
from tasks.reports.kit.locale import Locale


def letterhead(job: Job, books: Sequence[Books]) -> Letterhead:
    """Of the books that are reported, which may be fewer than the job's companies."""
    return Letterhead(
        company=", ".join(each.name for each in books),
        currency=books[0].currency,
        locale=Locale.of(job.envelope.context),
        company_ids=tuple(company_id for each in books for company_id in each.company_ids),
    )


def facts(
    words: Words, locale: Locale, periods: Sequence[tuple[Books, Period]], *, drafts: bool
) -> list[tuple[str, str]]:
    """Which period it is, of each set of books where they differ, and which entries count."""
    shown = {books.name: _shown(locale, period) for books, period in periods}
    if len(set(shown.values())) == 1:
        shown = {"": next(iter(shown.values()))}
    entries = words.with_drafts if drafts else words.posted
    return [
        *((f"{words.period} {name}".strip(), period) for name, period in shown.items()),
        (words.entries, entries),
    ]


def _shown(locale: Locale, period: Period) -> str:
    return f"{locale.date(period.first)} - {locale.date(period.last)}"
