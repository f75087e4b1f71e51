"""HTML as PDF: what a document may refer to, and what happens when that is not to be had."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from weasyprint import Document

from odoo_bridge.errors import OdooUnavailable, Permanent
from tasks.reports import printing
from tasks.reports.printing import Printer, _without_idle_fonts

PAPER = {
    "width": 210, "height": 297, "top": 40, "right": 7, "bottom": 20, "left": 7,
    "css_margins": False,
}  # fmt: skip
RED = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9v9z'/></svg>"
HTML = """<html><head><link rel="stylesheet" href="/web/assets/1/report.css"/></head><body>
<div class="header">HEAD</div><div class="article"><div class="page">{body}</div></div>
<div class="footer"><span class="page"/> / <span class="topage"/></div></body></html>"""


def text_of(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    pages = (document[number].get_textpage().get_text_range() for number in range(len(document)))
    return [" ".join(page.split()) for page in pages]


def printer(fetch: Callable[[str], bytes] = lambda _url: b"") -> Printer:
    return Printer(PAPER, fetch)


def test_header_footer_and_numbers_on_every_page() -> None:
    body = "first<div style='page-break-before: always'>second</div>"
    assert text_of(printer().pdf(HTML.format(body=body))) == [
        "first HEAD 1 / 2",
        "second HEAD 2 / 2",
    ]


def test_several_bodies_have_each_their_own() -> None:
    one = """<div class="header">H{n}</div><div class="article">{n}</div>
    <div class="footer">F{n}</div>"""
    html = "<body><main>" + "".join(one.format(n=n) for n in (1, 2)) + "</main></body>"
    assert text_of(printer().pdf(html)) == ["1 H1 F1", "2 H2 F2"]


def test_nothing_is_read_but_from_odoo(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return RED.encode() if url == "/logo.svg" else b""

    secret = tmp_path / "secret.svg"
    secret.write_text(RED)
    urls = ["/logo.svg", "/logo.svg", f"file://{secret}", "http://169.254.169.254/x", "ftp://a/b"]
    body = "".join(f"<img src='{url}'>" for url in urls)
    assert printer(fetch).pdf(HTML.format(body=f"text{body}")).startswith(b"%PDF")
    assert asked == ["/web/assets/1/report.css", "/logo.svg"]


def test_odoo_that_is_away_is_no_document_without_its_logo() -> None:
    def fetch(url: str) -> bytes:
        if url == "/logo.svg":
            raise OdooUnavailable("down")
        return b""

    with pytest.raises(OdooUnavailable):
        printer(fetch).pdf(HTML.format(body="<img src='/logo.svg'>"))


def test_style_sheets_are_read_once() -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return b".page { color: red }"

    ours = printer(fetch)
    for _ in range(3):
        ours.pdf(HTML.format(body="text"))
    assert asked == ["/web/assets/1/report.css"]


def test_fonts_that_nothing_is_written_in_are_left() -> None:
    lato, icons = "@font-face{font-family: 'Lato'; src: url(a)}", '@font-face{font-family: "Fa"}'
    rule = ".o_company_1_layout{font-family: Lato, Sans}"
    assert _without_idle_fonts(lato + icons + rule) == lato + rule


def test_one_that_cannot_be_laid_out_is_named_and_the_others_are_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bring_in(root: Any) -> None:
        if "BROKEN" in "".join(root.itertext()):
            raise ZeroDivisionError("an error of the engine")

    monkeypatch.setattr(printing, "_bring_in", bring_in)
    bodies = ["one", "BROKEN", "two<div style='page-break-before: always'>more</div>"]
    (printed,) = printer().together([HTML.format(body=body) for body in bodies])
    one, broken, two = printed.pages
    assert (one, two) == (1, 2)
    assert "ZeroDivisionError: an error of the engine" in str(broken)
    assert [page.split()[0] for page in text_of(printed.pdf)] == ["one", "two", "more"]


def test_one_that_cannot_be_drawn_is_named_and_the_others_are_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_pdf = Document.write_pdf

    def drawing(self: Document) -> bytes:
        if any(page.width < 300 for page in self.pages):
            raise ZeroDivisionError
        return bytes(write_pdf(self))

    monkeypatch.setattr(Document, "write_pdf", drawing)
    small = "<style>@page { size: 50mm 297mm !important }</style>"
    bodies = ["one", f"{small}small", "two", "three"]
    printed = printer().together([HTML.format(body=body) for body in bodies])
    pages = [each for some in printed for each in some.pages]
    assert [isinstance(each, Permanent) for each in pages] == [False, True, False, False]
    assert [page.split()[0] for some in printed if some.pdf for page in text_of(some.pdf)] == [
        "one", "two", "three",
    ]  # fmt: skip


def test_a_picture_of_several_documents_lies_in_the_file_once() -> None:
    picture = BytesIO()
    Image.effect_noise((50, 50), 50).save(picture, "PNG")
    ours = printer(lambda url: picture.getvalue() if url == "/logo.png" else b"")
    (printed,) = ours.together([HTML.format(body="<img src='/logo.png'>")] * 3)
    with pikepdf.open(BytesIO(printed.pdf)) as pdf:
        streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
        assert sum(each.get("/Subtype") == "/Image" for each in streams) == 1
