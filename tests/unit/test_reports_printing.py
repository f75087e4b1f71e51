"""HTML as PDF: what a document may refer to, and what happens when that is not to be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from odoo_bridge.errors import OdooUnavailable
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
