"""A page of a PDF in the making: its head and foot, and lines of cells from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tasks.reports.kit.document import NUMBERS, Document, Sheet
from tasks.reports.kit.fonts import Fonts
from tasks.reports.kit.layout import widths
from tasks.reports.kit.rows import Gathered
from tasks.reports.kit.words import Words

SIZE = 8.0
"""Points of a letter."""
LINE = 12.0
"""Points from one line to the next."""
GAP = 6.0
"""Points between two columns."""
CUT = frozenset({"text", "boolean"})
"""Kinds that are cut where there is little room."""
_COUNT = "page-count"
_DIGIT = "\N{SUPERSCRIPT TWO}"
"""Stands for a number that is not known yet; in right-to-left languages it is put where one is."""


@dataclass(frozen=True, slots=True)
class Paper:
    """In points."""

    width: float
    height: float
    margin: float = 36.0
    foot: float = 30.0

    @classmethod
    def a4(cls, *, landscape: bool) -> Self:
        width, height = A4
        return cls(height, width) if landscape else cls(width, height)

    @property
    def inner(self) -> float:
        """Between the margins."""
        return self.width - 2 * self.margin


@dataclass(frozen=True, slots=True)
class Look:
    """Of a line. ``above`` and ``below`` are rules, in points; grey is 0 for black, 1 for white."""

    bold: bool = False
    grey: float = 0.0
    fill: float | None = None
    above: float = 0.0
    below: float = 0.0


TITLES = Look(bold=True, fill=0.92, below=0.5)
UPPER_TITLES = Look(bold=True, fill=0.92)
MOST_LINES = 3
"""Of a column's title."""


@dataclass(slots=True)
class Page:
    """What a table writes to; right-to-left languages are mirrored here and nowhere else."""

    canvas: Canvas
    paper: Paper
    fonts: Fonts
    document: Document
    y: float = 0.0
    """Where the last line stands."""
    number: int = 0
    sheet: Sheet | None = None
    spans: list[tuple[float, float]] = field(default_factory=list)
    """Left edge and width of each column of the sheet."""

    @property
    def room(self) -> float:
        """Points above the foot."""
        return self.y - self.paper.margin - self.paper.foot

    @property
    def lines_left(self) -> int:
        return int(self.room // LINE)

    @property
    def rtl(self) -> bool:
        return self.document.letterhead.locale.rtl

    def begin(self, *, first: bool = False) -> None:
        """A new page, with the report's head on the first and a smaller one on the others."""
        self.number += 1
        self.y = self.paper.height - self.paper.margin
        letterhead = self.document.letterhead
        title = self.document.title or self.document.name
        if not first:
            self._written(f"{letterhead.company}  ·  {title}", SIZE, Look(grey=0.4))
            self.y -= LINE / 2
            return
        self._written(letterhead.company, 9, Look(grey=0.4))
        self.y -= 6
        self._written(title, 16, Look(bold=True))
        for name, value in self.document.facts:
            self._written(f"{name}: {value}", 9, Look(grey=0.3))
        self.y -= LINE / 2

    def end(self) -> None:
        """Writes the foot; the page is done."""
        locale = self.document.letterhead.locale
        words = Words.of(locale.language)
        # How many pages there will be is filled in at the end, in one place for all of them.
        before, _, after = self.fonts.shaped(
            words.page.format(page=self.number, pages=_DIGIT)
        ).partition(_DIGIT)
        size, y = 7.0, self.paper.margin
        self._style(size, Look(grey=0.4))
        room = self.fonts.width("0000", size)
        wide = self.fonts.width(before + after, size) + room
        x = self.paper.width - self.paper.margin - wide
        self.canvas.drawString(x, y, before)
        self.canvas.saveState()
        self.canvas.translate(x + self.fonts.width(before, size), y)
        self.canvas.doForm(_COUNT)
        self.canvas.restoreState()
        self.canvas.drawString(x + self.fonts.width(before, size) + room, y, after)
        printed = self.fonts.shaped(words.printed.format(moment=locale.now()))
        self.canvas.drawString(self.paper.margin, y, printed)
        self.canvas.showPage()

    def define_count(self) -> None:
        """Says how many pages there are, after the last one."""
        self.canvas.beginForm(_COUNT, 0, -2, 40, 10)
        self._style(7.0, Look(grey=0.4))
        if self.rtl:
            self.canvas.drawRightString(self.fonts.width("0000", 7.0), 0, str(self.number))
        else:
            self.canvas.drawString(0, 0, str(self.number))
        self.canvas.endForm()

    def turn(self) -> None:
        """This page ends, another begins."""
        self.end()
        self.begin()

    def table(self, sheet: Sheet, first: Gathered | None, *, title: bool) -> None:
        """A table begins; its columns are as wide as its first rows need."""
        self.sheet = sheet
        self.spans = self._spans(sheet, first)
        if self.lines_left < 6:
            self.turn()
        if title:
            self._written(sheet.title, 11, Look(bold=True))
            self.y -= 3
        self.titles()

    def titles(self) -> None:
        """The columns' titles, in as many lines as they need."""
        if not self.sheet:
            return
        wrapped = [
            self.fonts.wrapped(column.title, SIZE, width, MOST_LINES)
            for column, (_left, width) in zip(self.sheet.columns, self.spans, strict=True)
        ]
        last = max(map(len, wrapped)) - 1
        for number in range(last + 1):
            texts = [lines[number] if number < len(lines) else "" for lines in wrapped]
            self.cells(texts, TITLES if number == last else UPPER_TITLES)

    def text(self, text: str, look: Look, indent: int = 0) -> None:
        """A line across all columns."""
        self.y -= LINE
        self._background(look)
        self._style(SIZE, look)
        inset = 2 + 10.0 * indent
        fitted = self.fonts.fitted(text, SIZE, self.paper.inner - inset, bold=look.bold)
        self._draw(fitted, self.paper.margin + inset, self.paper.inner - inset - 2, end=False)

    def cells(self, texts: Sequence[str], look: Look, *, label: bool = False) -> None:
        """A line. A ``label`` may go on over the empty cells behind it."""
        self.y -= LINE
        self._background(look)
        self._style(SIZE, look)
        columns = self.sheet.columns if self.sheet else ()
        for place, (column, text) in enumerate(zip(columns, texts, strict=True)):
            if not text:
                continue
            left, width = self.spans[place]
            end = column.kind in NUMBERS
            if label and not end:
                left, width = self._over_blanks(place, texts)
            if column.kind not in CUT:
                self._whole(text, left, width, look, end=end)
                continue
            fitted = self.fonts.fitted(_one_line(text), SIZE, width, bold=look.bold)
            self._draw(fitted, left, width, end=False)

    def _whole(self, text: str, left: float, width: float, look: Look, *, end: bool) -> None:
        """Smaller where there is little room: cut, a number or a day would be another one."""
        wide = self.fonts.width(text, SIZE, bold=look.bold)
        if wide > width:
            self._style(SIZE * width / wide, look)
        self._draw(text, left, width, end=end)
        if wide > width:
            self._style(SIZE, look)

    def _over_blanks(self, place: int, texts: Sequence[str]) -> tuple[float, float]:
        last = place
        while last + 1 < len(texts) and not texts[last + 1]:
            last += 1
        spans = [self.spans[place], self.spans[last]]
        left = min(each[0] for each in spans)
        return left, max(each[0] + each[1] for each in spans) - left

    def _draw(self, text: str, left: float, width: float, *, end: bool) -> None:
        """At the line's beginning or its end, which in Arabic are right and left."""
        shaped = self.fonts.shaped(text)
        if end != self.rtl:
            self.canvas.drawRightString(left + width, self.y + 3, shaped)
        else:
            self.canvas.drawString(left, self.y + 3, shaped)

    def _written(self, text: str, size: float, look: Look) -> None:
        self.y -= size * 1.35
        self._style(size, look)
        fitted = self.fonts.fitted(_one_line(text), size, self.paper.inner, bold=look.bold)
        self._draw(fitted, self.paper.margin, self.paper.inner, end=False)

    def _style(self, size: float, look: Look) -> None:
        self.canvas.setFont(self.fonts.bold if look.bold else self.fonts.regular, size)
        self.canvas.setFillGray(look.grey)

    def _background(self, look: Look) -> None:
        left, right = self.paper.margin, self.paper.width - self.paper.margin
        if look.fill is not None:
            self.canvas.setFillGray(look.fill)
            self.canvas.rect(left, self.y, right - left, LINE, stroke=0, fill=1)
        for thickness, y in ((look.above, self.y + LINE), (look.below, self.y)):
            if thickness:
                self.canvas.setLineWidth(thickness)
                self.canvas.line(left, y, right, y)

    def _spans(self, sheet: Sheet, first: Gathered | None) -> list[tuple[float, float]]:
        wanted = widths(sheet.columns, first)
        room = self.paper.inner - GAP * (len(wanted) - 1) - 4
        unit = room / sum(wanted)
        spans: list[tuple[float, float]] = []
        x = self.paper.margin + 2
        for each in wanted:
            width = each * unit
            left = self.paper.width - x - width if self.rtl else x
            spans.append((left, width))
            x += width + GAP
        return spans


def _one_line(text: Any) -> str:
    return " ".join(str(text).split()) if "\n" in text or "\t" in text else text
