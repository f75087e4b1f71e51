"""What the reports of the books may be asked."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import model_validator

from tasks.reports.kit.params import ReportParams, ids_of

Ids = tuple[int, ...]


class BooksParams(ReportParams):
    """Whose books; ids that Odoo does not show to the job's user are an error."""

    company_ids: Ids = ids_of("res.company", "Companies")
    """Of the companies that the job may see; none: all of them."""
    partner_ids: Ids = ids_of("res.partner", "Partners")
    """Lines of these partners alone."""
    drafts: bool = False
    """Whether entries count that are not posted yet."""


class PeriodParams(BooksParams):
    """A period of the books, both days included."""

    date_from: dt.date | None = None
    """First day; ``None``: that of the fiscal year which holds the last day."""
    date_to: dt.date | None = None
    """Last day; ``None``: today."""
    journal_ids: Ids = ids_of("account.journal", "Journals")
    """Lines of these journals alone, in the opening balances too."""
    account_ids: Ids = ids_of("account.account", "Accounts")
    """These accounts alone."""

    @model_validator(mode="after")
    def _check_period(self) -> Self:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise ValueError("date_from is after date_to")
        return self
