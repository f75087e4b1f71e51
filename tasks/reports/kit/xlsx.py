"""A report as XLSX, written as its rows come.

XlsxWriter makes the package: styles, workbook, charts. The sheets of rows are ours, for its own
take several times as long as Odoo does to give the rows (docs/adr/0015).
"""

from __future__ import annotations

import re
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook

from tasks.reports.kit.document import Document
from tasks.reports.kit.xlsx_cells import legal
from tasks.reports.kit.xlsx_charts import add_charts
from tasks.reports.kit.xlsx_sheet import Part, SheetWriter
from tasks.reports.kit.xlsx_styles import Styles

LONGEST_NAME = 31
"""Characters of a sheet's name in Excel."""
LEVEL = 1
"""Of compression: a higher one makes a report a quarter smaller and takes longer."""


def write(document: Document, target: Path) -> int:
    """Returns how many lines there are. Raises ``Permanent`` for values of the wrong kind."""
    package = BytesIO()
    workbook = Workbook(package, {"in_memory": True})
    workbook.set_properties({"title": legal(document.title or document.name)})
    styles = Styles(workbook, document.letterhead.currency, document.letterhead.locale.rtl)
    with (
        ZipFile(target, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive,
        closing(_Parts(archive, workbook)) as parts,
    ):
        writers = (SheetWriter(document, each, styles, parts.open) for each in document.sheets)
        lines = sum(writer.write() for writer in writers)
        parts.close()
        if document.charts:
            add_charts(workbook, parts.name(document.charts[0].title), document)
        workbook.close()
        with ZipFile(package) as rest:
            for name in rest.namelist():
                if name not in parts.written:
                    archive.writestr(name, rest.read(name))
    return lines


class _Parts:
    """The sheets of a workbook, each of them a part of the archive, one after another."""

    def __init__(self, archive: ZipFile, workbook: Workbook) -> None:
        self.written: set[str] = set()
        self._archive = archive
        self._workbook = workbook
        self._names: set[str] = set()
        self._file: IO[bytes] | None = None

    def open(self, title: str) -> Part:
        """The next one; the one before ends."""
        self.close()
        shell = self._workbook.add_worksheet(self.name(title))
        name = f"xl/worksheets/sheet{len(self._workbook.worksheets())}.xml"
        self.written.add(name)
        self._file = self._archive.open(name, "w", force_zip64=True)
        return Part(self._file, shell)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def name(self, title: str) -> str:
        """As Excel takes it: short, without some characters, and no other sheet's."""
        clean = re.sub(r"[\[\]:*?/\\\t\n\r]", " ", legal(title)).strip(" '") or "Sheet"
        name, number = clean[:LONGEST_NAME].strip(" '"), 1
        while name.lower() in self._names or name.lower() == "history":  # that is Excel's own
            number += 1
            end = f" ({number})"
            name = clean[: LONGEST_NAME - len(end)] + end
        self._names.add(name.lower())
        return name
