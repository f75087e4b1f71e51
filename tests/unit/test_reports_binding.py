"""Many PDFs as one file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pikepdf
import pytest

from odoo_bridge.errors import Permanent
from tasks.reports import binding
from tasks.reports.binding import Bound, Packed


def pdf(pages: int, width: int = 200) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(width, 300))
        document.save(buffer)
    return buffer.getvalue()


def test_each_document_has_its_pages_in_order_and_a_bookmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binding, "TOGETHER", 2)  # several parts
    bound = Bound(tmp_path)
    sizes = [1, 3, 2, 1, 2]
    for number, pages in enumerate(sizes):
        assert bound.add(pdf(pages, 200 + number), [(f"INV/{number}", 0)]) == pages
    with pikepdf.open(bound.finish()) as whole:
        widths = [int(page.mediabox[2]) for page in whole.pages]
        assert widths == [200 + n for n, pages in enumerate(sizes) for _ in range(pages)]
        with whole.open_outline() as outline:
            assert [item.title for item in outline.root] == [f"INV/{n}" for n in range(5)]
            places = [whole.pages.index(pikepdf.Page(item.destination[0])) for item in outline.root]
    assert places == [0, 1, 4, 6, 7]


@pytest.mark.parametrize("kind", [Bound, Packed])
def test_what_is_no_pdf_is_refused_and_the_others_stay(
    tmp_path: Path, kind: type[Bound] | type[Packed]
) -> None:
    made = kind(tmp_path)
    made.add(pdf(1), [("one", 0)])
    for broken in (b"", b"<html>", pdf(1)[:100]):
        with pytest.raises(Permanent, match="no PDF"):
            made.add(broken, [("broken", 0)])
    made.add(pdf(1), [("two", 0)])
    assert made.finish().stat().st_size > 0


def test_names_in_a_zip_are_safe_and_none_comes_twice(tmp_path: Path) -> None:
    packed = Packed(tmp_path)
    for name in ("INV/2026/1", "../../etc/passwd", "a\x00b", "..", "INV/2026/1", "inv/2026/1"):
        packed.add(pdf(1), [(name, 0)])
    with zipfile.ZipFile(packed.finish()) as found:
        assert found.namelist() == [
            "INV_2026_1.pdf",
            "_.._etc_passwd.pdf",
            "a_b.pdf",
            "document.pdf",
            "INV_2026_1 (2).pdf",
            "inv_2026_1 (3).pdf",
        ]
