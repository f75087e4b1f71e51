"""What is carried from one page of paper to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tasks.reports.kit.document import Heading, Sheet
from tasks.reports.kit.totals import Totals


@dataclass(slots=True)
class Carry:
    """Sums so far. With running balances those of the innermost group, so that they go together."""

    totals: Totals
    whole: bool
    """Whether the sums of the whole sheet are carried."""
    running: Sequence[int] = ()
    """Places of the running balances."""
    names: list[str] = field(default_factory=list)
    """Of the open groups, the outermost first; without running balances none."""
    _last: dict[int, Any] = field(default_factory=dict)
    """The balances after the last line of the innermost group."""

    @classmethod
    def of(cls, sheet: Sheet, totals: Totals) -> Self:
        places = [place for place, column in enumerate(sheet.columns) if column.running]
        return cls(totals, bool(totals.digits) and sheet.grand_total, places)

    def values(self) -> dict[int, Any]:
        """By the column's place; none when there is nothing to carry."""
        if not self.running:
            return dict(self.totals.rounded(self.totals.grand)) if self.whole else {}
        if not self._last:
            return {}
        return {**self.totals.rounded(self.totals.groups[-1]), **self._last}

    def open(self, heading: Heading) -> None:
        if self.running:
            self.names[heading.level :] = [heading.text]
            self._last = {}

    def close(self, level: int) -> None:
        """The group at this level and those below have ended."""
        del self.names[level:]
        self._last = {}

    def pass_by(self, cells: Sequence[Any]) -> None:
        """A line of the innermost group."""
        if self.names:
            self._last = {place: cells[place] for place in self.running}
