"""A report as PDF: typeset a page at a time, its sums carried from page to page.

Memory is that of a page (reportlab keeps pages that are done compressed); a typesetter that lays
out the whole table took 2.3 GB for 20,000 lines (docs/adr/0015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas

from tasks.reports.kit.carry import Carry
from tasks.reports.kit.charts import drawing
from tasks.reports.kit.document import Block, Document, Heading, Opening, Sheet
from tasks.reports.kit.fonts import Fonts
from tasks.reports.kit.layout import labelled, placed
from tasks.reports.kit.locale import sound
from tasks.reports.kit.pdf_page import LINE, Look, Page, Paper
from tasks.reports.kit.rows import Gathered, gathered
from tasks.reports.kit.shown import Shown
from tasks.reports.kit.totals import Totals
from tasks.reports.kit.words import Words

LINE_LOOK = Look()
OPENING = Look(grey=0.35)
HEADING = Look(bold=True, fill=0.96)
SUBTOTAL = Look(bold=True, above=0.3)
TOTAL = Look(bold=True, above=0.8, below=0.8)
CARRIED = Look(grey=0.35, above=0.3)


def write(document: Document, target: Path) -> int:
    """Returns how many lines there are. Raises ``Permanent`` for values of the wrong kind."""
    paper = Paper.a4(landscape=document.landscape)
    canvas = Canvas(str(target), pagesize=(paper.width, paper.height), pageCompression=1)
    canvas.setTitle(sound(document.title or document.name))
    canvas.setAuthor(sound(document.letterhead.company))
    fonts = Fonts.found()
    page = Page(canvas, paper, fonts, document)
    page.begin(first=True)
    for chart in document.charts:
        made = drawing(chart, document.letterhead.locale, fonts, paper.inner)
        if page.room < made.height + LINE:
            page.turn()
        renderPDF.draw(made, canvas, paper.margin, page.y - made.height)
        page.y -= made.height + LINE
    lines = sum(_Table(page, document, sheet).write() for sheet in document.sheets)
    page.end()
    page.define_count()
    canvas.save()
    return lines


@dataclass(slots=True)
class _Table:
    """A sheet, line after line."""

    page: Page
    document: Document
    sheet: Sheet
    totals: Totals = field(init=False)
    shown: Shown = field(init=False)
    words: Words = field(init=False)
    carry: Carry = field(init=False)
    lines: int = 0

    def write(self) -> int:
        letterhead = self.document.letterhead
        self.totals = Totals.of(self.sheet.columns, letterhead.currency.digits)
        self.shown = Shown(self.sheet.columns, letterhead)
        self.words = Words.of(letterhead.locale.language)
        self.carry = Carry.of(self.sheet, self.totals)
        rows = gathered(self.sheet)
        first = next(rows, None)
        self.page.table(self.sheet, first, title=len(self.document.sheets) > 1)
        if first is None:
            self.page.text(self.words.nothing, OPENING)
            return 0
        self._write(first)
        for row in rows:
            self._write(row)
        if self.sheet.grand_total and self.totals.digits:
            self._sums(self.words.total, self.totals.rounded(self.totals.grand), {}, TOTAL)
        self.page.y -= LINE
        return self.lines

    def _write(self, row: Gathered) -> None:
        if isinstance(row, Block):
            self._lines(row.columns, LINE_LOOK)
        elif isinstance(row, Opening):
            self._lines([[cell] for cell in row.cells], OPENING)
        elif isinstance(row, Heading):
            self.totals.open(row.level)
            self.carry.close(row.level)
            if self.page.lines_left < 4:  # a heading alone at the end of a page says nothing
                self._turn()
            self.carry.open(row)
            self.page.text(row.text, HEADING, indent=row.level)
        else:
            self._make_room()  # while the group's sums can still be carried
            amounts = self.totals.close(row.level)
            others = placed(self.sheet.columns, row.cells)
            self._sums(row.text, amounts, others, SUBTOTAL)
            self.carry.close(row.level)

    def _lines(self, columns: Sequence[Sequence[Any]], look: Look) -> None:
        for values in zip(*columns, strict=True):
            self._make_room()
            self.page.cells(self.shown.cells(values), look)
            self.totals.add(values)
            self.carry.pass_by(values)
            self.lines += 1

    def _sums(
        self, label: str, amounts: dict[int, float], others: dict[int, Any], look: Look
    ) -> None:
        self._make_room()
        self._labelled(label, {**amounts, **others}, look)

    def _labelled(self, label: str, values: dict[int, Any], look: Look) -> None:
        cells = labelled(self.sheet.columns, label, values)
        columns = self.sheet.columns
        texts = [
            value if place not in values and value else self.shown.cell(columns[place], value)
            for place, value in enumerate(cells)
        ]
        self.page.cells(texts, look, label=True)

    def _make_room(self) -> None:
        """Two lines are kept: one for what comes, one for what is carried."""
        if self.page.lines_left < 2:
            self._turn()

    def _turn(self) -> None:
        carried = self.carry.values() if self.lines else {}
        if carried:
            self._labelled(self.words.carried, carried, CARRIED)
        self.page.turn()
        self.page.titles()
        label = " · ".join([self.words.brought, *self.carry.names] if carried else self.carry.names)
        if label:
            self._labelled(label, carried, CARRIED)
