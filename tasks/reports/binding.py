"""Many printed documents as one file: bound with bookmarks, or packed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from pikepdf import ObjectStreamMode, OutlineItem, Pdf, PdfError

from odoo_bridge.errors import Permanent

TOGETHER = 500
"""Documents of a part, which is all that is in memory."""
LONGEST = 120
"""Characters of a file's name in a ZIP."""


class Binding(Protocol):
    """Documents go in one after the other; then ``finish`` writes the file."""

    suffix: str
    mimetype: str
    single: bool
    """It takes documents one by one only."""

    def add(self, document: bytes, begins: Sequence[tuple[str, int]]) -> int:
        """Take a PDF; how many pages it has. Raises ``Permanent`` when it is none.

        ``begins`` names the documents in it, and the pages at which they begin, the first one 0.
        """

    def finish(self) -> Path:
        """The file."""


class Bound:
    """One PDF with a bookmark for each document, made of parts on disk."""

    suffix = "pdf"
    single = False
    mimetype = "application/pdf"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Path] = []
        self._part = Pdf.new()
        self._sources: list[Pdf] = []
        self._in_part = 0
        self._pages = 0
        self._bookmarks: list[tuple[str, int]] = []

    def add(self, document: bytes, begins: Sequence[tuple[str, int]]) -> int:
        """See ``Binding``."""
        pdf = _opened(document)
        pages = len(pdf.pages)
        self._part.pages.extend(pdf.pages)
        self._sources.append(pdf)
        self._bookmarks += [(name, self._pages + page) for name, page in begins]
        self._pages += pages
        self._in_part += len(begins)
        if self._in_part >= TOGETHER:
            self._close_part()
        return pages

    def finish(self) -> Path:
        """See ``Binding``."""
        if self._sources:
            self._close_part()
        path = self._folder / "bound.pdf"
        with Pdf.new() as whole:
            parts = [Pdf.open(part) for part in self._parts]
            for part in parts:
                whole.pages.extend(part.pages)
            with whole.open_outline() as outline:
                outline.root.extend(OutlineItem(name, page) for name, page in self._bookmarks)
            whole.save(path, object_stream_mode=ObjectStreamMode.generate)
            for part in parts:
                part.close()
        return path

    def _close_part(self) -> None:
        path = self._folder / f"part-{len(self._parts)}.pdf"
        self._part.save(path)
        for each in (self._part, *self._sources):
            each.close()
        self._parts.append(path)
        self._part, self._sources, self._in_part = Pdf.new(), [], 0


class Packed:
    """A ZIP of single PDFs."""

    suffix = "zip"
    single = True
    mimetype = "application/zip"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "packed.zip"
        self._zip = ZipFile(self._path, "w", ZIP_DEFLATED)
        self._names: set[str] = set()

    def add(self, document: bytes, begins: Sequence[tuple[str, int]]) -> int:
        """See ``Binding``."""
        [(name, _page)] = begins
        with _opened(document) as pdf:
            pages = len(pdf.pages)
        self._zip.writestr(self._free_name(name), document)
        return pages

    def finish(self) -> Path:
        """See ``Binding``."""
        self._zip.close()
        return self._path

    def _free_name(self, name: str) -> str:
        """No path, no control characters, and none twice, whatever a file system thinks of case."""
        stem = re.sub(r"[^\w\-. ()]+", "_", name).strip(" .")[:LONGEST] or "document"
        found, number = f"{stem}.pdf", 1
        while found.lower() in self._names:
            number += 1
            found = f"{stem} ({number}).pdf"
        self._names.add(found.lower())
        return found


BINDINGS: dict[str, type[Bound] | type[Packed]] = {"pdf": Bound, "zip": Packed}


def _opened(document: bytes) -> Pdf:
    """Kept open until its part is saved: its pages are copied only then."""
    try:
        return Pdf.open(BytesIO(document))
    except PdfError as error:
        raise Permanent(f"what Odoo gave is no PDF: {error}") from error
