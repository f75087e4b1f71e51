"""One sheet of a workbook, from top to bottom (ECMA-376 part 1, 18.3.1.99)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from textwrap import wrap
from typing import IO, Any

from xlsxwriter.utility import xl_col_to_name

from tasks.reports.kit.document import Block, Column, Document, Heading, Opening, Sheet, Subtotal
from tasks.reports.kit.layout import label_place, placed, widths
from tasks.reports.kit.rows import Gathered, gathered
from tasks.reports.kit.totals import Totals
from tasks.reports.kit.words import Words
from tasks.reports.kit.xlsx_cells import BLANK, formula, fragments, number, one, rows_xml, text
from tasks.reports.kit.xlsx_styles import Role, Styles

MOST = 1_048_576
"""Rows of a sheet in Excel; what is more goes on in another one."""
DEEPEST = 7
"""Levels of an outline in Excel."""
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet that is being written, and XlsxWriter's knowledge of it."""

    file: IO[bytes]
    shell: Any

    def write(self, xml: str) -> None:
        self.file.write(xml.encode())


@dataclass(slots=True)
class SheetWriter:
    """Writes a sheet, and goes on in another one when Excel's rows are used up."""

    document: Document
    sheet: Sheet
    styles: Styles
    open_part: Callable[[str], Part]
    """Gives the next sheet of the workbook; the one before must be closed."""
    part: Part = field(init=False)
    widths: Sequence[int] = field(init=False)
    totals: Totals = field(init=False)
    row: int = 0
    """The last one written, from 1."""
    header: int = 0
    """The row of the columns' titles."""
    starts: list[int] = field(default_factory=list)
    """The first row of each open group; 0 when it stands on a sheet before."""
    lines: int = 0
    continued: bool = False
    """Whether some of it stands on a sheet before."""

    def write(self) -> int:
        """Returns how many lines there are. Raises ``Permanent`` for values of the wrong kind."""
        columns = self.sheet.columns
        self.totals = Totals.of(columns, self.document.letterhead.currency.digits)
        rows = gathered(self.sheet)
        first = next(rows, None)
        self.widths = widths(columns, first)
        self._begin(heading=bool(self.document.title))
        start = self.row + 1
        for row in chain([first] if first else [], rows):
            self._write(row)
        if first is None and self.document.title:
            self._text_row(self._words.nothing, "fact")
        last = self.row
        if first and self.sheet.grand_total and self.totals.digits:
            amounts = self.totals.rounded(self.totals.grand)
            self._sums(
                "total", self._words.total, amounts, {}, start=0 if self.continued else start
            )
        self._end(last)
        return self.lines

    @property
    def _words(self) -> Words:
        return Words.of(self.document.letterhead.locale.language)

    def _write(self, row: Gathered) -> None:
        if isinstance(row, Block):
            self._block(row.columns)
        elif isinstance(row, Opening):
            self._block([[cell] for cell in row.cells], "opening")
        elif isinstance(row, Heading):
            self._room(2)
            self.totals.open(row.level)
            self._text_row(row.text, "heading", row.level)
            self.starts[row.level :] = [self.row + 1]
        else:
            self._subtotal(row)

    def _block(self, columns: Sequence[Sequence[Any]], role: Role = "line") -> None:
        done, count = 0, len(columns[0])
        while done < count:
            taken = min(self._room(1), count - done)
            part = columns if taken == count else [each[done : done + taken] for each in columns]
            cells = [
                fragments(column, values, self.styles.of(role, column), self._locale)
                for column, values in zip(self.sheet.columns, part, strict=True)
            ]
            self.part.write(rows_xml(cells, self._outline(len(self.starts))))
            self.totals.add_columns(part)
            self.row += taken
            done += taken
        self.lines += count

    def _subtotal(self, row: Subtotal) -> None:
        self._room(1)
        amounts = self.totals.close(row.level)
        start = self.starts[row.level]
        others = placed(self.sheet.columns, row.cells)
        self._sums("subtotal", row.text, amounts, others, start=start, level=row.level)
        del self.starts[row.level :]

    def _sums(  # noqa: PLR0913 - what stands in one row
        self,
        role: Role,
        label: str,
        amounts: dict[int, float],
        others: dict[int, Any],
        *,
        start: int,
        level: int = 0,
    ) -> None:
        """A row of sums. SUBTOTAL leaves out other SUBTOTALs, and what a filter hides."""
        label_at = label_place(self.sheet.columns)
        cells = []
        for place, column in enumerate(self.sheet.columns):
            style = self.styles.of(role, column)
            if place in others:
                cells.append(self._one(column, others[place], style))
            elif place in amounts and 0 < start <= self.row:
                name = xl_col_to_name(place)
                made = f"SUBTOTAL(9,{name}{start}:{name}{self.row})"
                cells.append(formula(made, amounts[place], style))
            elif place in amounts:
                cells.append(number(amounts[place], style))
            else:
                cells.append(text(label, style) if place == label_at else number(None, style))
        self.part.write(f"<row{self._outline(level)}>{''.join(cells)}</row>")
        self.row += 1

    def _one(self, column: Column, value: Any, style: int) -> str:
        if value is None:
            return number(None, style)
        return one(fragments(column, [value], style, self._locale))

    def _text_row(self, label: str, role: Role, level: int = 0) -> None:
        style = self.styles.of(role)
        rest = number(None, style) if role == "heading" else BLANK
        blanks = rest * (len(self.sheet.columns) - 1)
        self.part.write(f"<row{self._outline(level)}>{text(label, style)}{blanks}</row>")
        self.row += 1

    def _room(self, wanted: int) -> int:
        """How many rows still fit, one kept for a total; begins another sheet for less."""
        left = MOST - 1 - self.row
        if left >= wanted:
            return left
        self._end(self.row)
        self._begin(heading=False)
        self.starts = [0] * len(self.starts)
        self.continued = True
        return MOST - 1 - self.row

    @property
    def _locale(self) -> Any:
        return self.document.letterhead.locale

    def _begin(self, *, heading: bool) -> None:
        self.part = self.open_part(self.sheet.title)
        self.row = 0
        above = self._above() if heading else []
        self.header = len(above) + 1
        rtl = ' rightToLeft="1"' if self._locale.rtl else ""
        pane = (
            f'<pane ySplit="{self.header}" topLeftCell="A{self.header + 1}" '
            'activePane="bottomLeft" state="frozen"/>'
        )
        sized = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(self.widths, start=1)
        )
        self.part.write(
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{_NAMESPACE}">'
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<sheetViews><sheetView{rtl} workbookViewId="0">{pane}</sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{sized}</cols><sheetData>'
        )
        for label, role in above:
            self._text_row(label, role)
        titles = [text(each.title, self.styles.of("head", each)) for each in self.sheet.columns]
        self.part.write(f"<row{self._height()}>{''.join(titles)}</row>")
        self.row += 1

    def _height(self) -> str:
        """Of the titles: not every program finds out how many lines they take."""
        titles = zip(self.sheet.columns, self.widths, strict=True)
        most = max(len(wrap(column.title, max(width - 1, 1))) for column, width in titles)
        return f' ht="{15 * most}" customHeight="1"' if most > 1 else ""

    def _above(self) -> list[tuple[str, Role]]:
        letterhead = self.document.letterhead
        facts = [f"{name}: {value}" for name, value in self.document.facts]
        below: list[tuple[str, Role]] = [(each, "fact") for each in [letterhead.company, *facts]]
        return [(self.document.title, "title"), *below, ("", "fact")]

    def _end(self, last: int) -> None:
        """``last`` is the last row that a filter sorts out."""
        last_column = len(self.sheet.columns) - 1
        self.part.shell.autofilter(self.header - 1, 0, last - 1, last_column)
        self.part.shell.repeat_rows(self.header - 1)
        area = f"A{self.header}:{xl_col_to_name(last_column)}{last}"
        self.part.write(
            f'</sheetData><autoFilter ref="{area}"/>'
            '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
            "<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
        )

    @staticmethod
    def _outline(level: int) -> str:
        return f' outlineLevel="{min(level, DEEPEST)}"' if level else ""
