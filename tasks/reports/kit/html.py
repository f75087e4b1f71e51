"""A report as one HTML file: no network, no script, its charts drawn in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, TextIO

from tasks.reports.kit.charts import svg
from tasks.reports.kit.document import NUMBERS, Block, Document, Heading, Opening, Sheet
from tasks.reports.kit.fonts import Fonts
from tasks.reports.kit.layout import labelled, placed
from tasks.reports.kit.rows import Gathered, gathered
from tasks.reports.kit.shown import Shown
from tasks.reports.kit.totals import Totals
from tasks.reports.kit.words import Words

STYLE = (Path(__file__).parent / "report.css").read_text("utf-8")


def write(document: Document, target: Path) -> int:
    """Returns how many lines there are. Raises ``Permanent`` for values of the wrong kind."""
    with target.open("w", encoding="utf-8", errors="replace") as file:
        file.write(_head(document))
        lines = sum(_Table(file, document, sheet).write() for sheet in document.sheets)
        file.write("</main></body></html>\n")
    return lines


def _head(document: Document) -> str:
    letterhead = document.letterhead
    locale = letterhead.locale
    title = escape(document.title or document.name)
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in document.facts
    )
    fonts = Fonts.found()
    charts = "".join(f"<figure>{svg(each, locale, fonts)}</figure>" for each in document.charts)
    printed = Words.of(locale.language).printed.format(moment=locale.now())
    return (
        f'<!doctype html><html lang="{escape(str(locale.babel.language))}" '
        f'dir="{"rtl" if locale.rtl else "ltr"}"><head><meta charset="utf-8">'
        # What the data holds must not load or run anything, whatever happens.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><header>"
        f'<p class="company">{escape(letterhead.company)}</p><h1>{title}</h1><dl>{facts}</dl>'
        f'<p class="printed">{escape(printed)}</p></header><main>{charts}'
    )


@dataclass(slots=True)
class _Table:
    """A sheet."""

    file: TextIO
    document: Document
    sheet: Sheet
    totals: Totals = field(init=False)
    lines: int = 0

    def write(self) -> int:
        columns = self.sheet.columns
        letterhead = self.document.letterhead
        self.totals = Totals.of(columns, letterhead.currency.digits)
        words = Words.of(letterhead.locale.language)
        titles = "".join(
            f'<th{self._class(place)} scope="col">{escape(column.title)}</th>'
            for place, column in enumerate(columns)
        )
        caption = f"<h2>{escape(self.sheet.title)}</h2>" if len(self.document.sheets) > 1 else ""
        self.file.write(f"<section>{caption}<table><thead><tr>{titles}</tr></thead><tbody>")
        for row in gathered(self.sheet):
            self._write(row)
        if self.lines and self.sheet.grand_total and self.totals.digits:
            amounts = self.totals.rounded(self.totals.grand)
            self.file.write("</tbody><tbody>")
            self._row(labelled(columns, words.total, dict(amounts)), "total")
        self.file.write("</tbody></table>")
        if not self.lines:
            self.file.write(f"<p>{escape(words.nothing)}</p>")
        self.file.write("</section>")
        return self.lines

    def _write(self, row: Gathered) -> None:
        if isinstance(row, Block):
            self._lines(row.columns)
        elif isinstance(row, Opening):
            self._lines([[cell] for cell in row.cells], "opening")
        elif isinstance(row, Heading):
            self.totals.open(row.level)
            span = len(self.sheet.columns)
            self.file.write(
                f'<tr class="heading l{min(row.level, 3)}"><th colspan="{span}" scope="rowgroup">'
                f"{escape(row.text)}</th></tr>"
            )
        else:
            values = {**self.totals.close(row.level), **placed(self.sheet.columns, row.cells)}
            cells = labelled(self.sheet.columns, row.text, values)
            self._row(cells, f"subtotal l{min(row.level, 3)}")

    def _lines(self, columns: Sequence[Sequence[Any]], name: str = "") -> None:
        self.totals.add_columns(columns)
        for values in zip(*columns, strict=True):
            self._row(values, name)
        self.lines += len(columns[0])

    def _row(self, values: Sequence[Any], name: str) -> None:
        shown = Shown(self.sheet.columns, self.document.letterhead)
        # A total's label may stand under a column of another kind.
        texts = [
            value if name and isinstance(value, str) else shown.cell(column, value)
            for column, value in zip(self.sheet.columns, values, strict=True)
        ]
        cells = (f"<td{self._class(n)}>{escape(each)}</td>" for n, each in enumerate(texts))
        opened = f'<tr class="{name}">' if name else "<tr>"
        self.file.write(f"{opened}{''.join(cells)}</tr>\n")

    def _class(self, place: int) -> str:
        return ' class="n"' if self.sheet.columns[place].kind in NUMBERS else ""
