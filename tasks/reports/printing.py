"""Odoo's HTML of a printed document as PDF, by WeasyPrint and not by Odoo's wkhtmltopdf.

It needs no browser and runs no script; what a document refers to comes from Odoo or not at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from odoo_bridge.errors import FabricError, Permanent
from odoo_bridge.job import Json
from tasks.reports.printed import Printed

ORIGIN = "http://odoo.invalid"
"""Where a document's own addresses begin (RFC 2606); nothing is asked of the network."""
Fetch = Callable[[str], bytes]
"""What is at an address of Odoo: path and query. Empty: nothing."""
KEPT = 100
"""Style sheets, fonts and pictures that are asked for once: a layout's, not of all products."""
T = TypeVar("T")

# Odoo's headers and footers are divs beside the document's body; wkhtmltopdf gets them as pages of
# their own (``IrActionsReport._prepare_html``), CSS has running elements.
_PAGE = """
@page {{
  size: {width}mm {height}mm;
  margin: {top}mm {right}mm {bottom}mm {left}mm;
  @top-left {{ content: element(header); width: 100%; vertical-align: top; padding-top: {pad}mm }}
  @bottom-left {{ content: element(footer); width: 100%; vertical-align: top }}
}}
html, body {{ margin: 0; padding: 0; height: auto !important }}
body.container {{ max-width: none; width: auto; padding: 0 }}
.header, .footer > .o_footer_content {{ padding-top: 0; padding-bottom: 0 }}
.footer .text-end {{ margin-left: auto }}
.article ~ .article {{ break-before: page }}
.header {{ position: running(header) }}
.footer {{ position: running(footer) }}
span.page::before {{ content: counter(page) }}
span.topage::before {{ content: counter(pages) }}
tr {{ page-break-inside: avoid }}
"""
_LINK = re.compile(r"<link\b[^>]*?\bhref=\"([^\"]+)\"[^>]*?>")
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_FONT = re.compile(r"@font-face\s*{[^}]*font-family:\s*[\"']?([^\"';}]+)[^}]*}")
_FROM_EDGE = 11.0
"""Millimetres between a page's edge and its header, and at the sides where a style sheet would
keep them (``$o-default-report-margins`` of ``report.scss``)."""


class _FromOdoo(URLFetcher):  # type: ignore[misc]
    """What documents refer to; nothing of the network, and no file of the worker."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(allowed_protocols=["data"])
        self.content = lru_cache(KEPT)(fetch)

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Raises ``ValueError``, which WeasyPrint takes for a picture less."""
        if not url.startswith(f"{ORIGIN}/"):
            return super().fetch(url, headers)
        try:
            content = self.content(url.removeprefix(ORIGIN))
        except FabricError as error:  # Odoo is away: no document without its logo
            raise FatalURLFetchingError(str(error)) from error
        if not content:
            raise ValueError(f"there is no {url}")
        return URLFetcherResponse(url, content)


class Printer:
    """Prints documents of one report. Style sheets and fonts are read and parsed once."""

    def __init__(self, paper: Json, fetch: Fetch) -> None:
        logging.getLogger("weasyprint").setLevel(logging.ERROR)  # CSS that it does not know
        self._fetcher = _FromOdoo(fetch)
        self._fonts = FontConfiguration()
        self._sheets: dict[str, Any] = {}
        paper = dict(paper, pad=min(_FROM_EDGE, paper["top"]))
        if paper["css_margins"]:
            paper |= {side: paper[side] + _FROM_EDGE for side in ("left", "right")}
        self._page = CSS(string=_PAGE.format(**paper), font_config=self._fonts)

    def pdf(self, html: str) -> bytes:
        """Raises ``Permanent`` when the document cannot be laid out, and what ``fetch`` raises."""
        [printed] = self.together([html])
        [pages] = printed.pages
        if isinstance(pages, Permanent):
            raise pages
        return printed.pdf

    def together(self, htmls: Sequence[str]) -> list[Printed]:
        """Documents in their order, as one PDF in which each font and picture lies once.

        In several when one of them cannot be drawn. Raises what ``fetch`` raises.
        """
        pictures: dict[str, Any] = {}
        laid_out = [self._tried(partial(self._laid_out, html, pictures)) for html in htmls]
        pages = [each if isinstance(each, Permanent) else len(each.pages) for each in laid_out]
        good = [each for each in laid_out if not isinstance(each, Permanent)]
        if not good:
            return [Printed(b"", pages)]
        all_pages = [page for each in good for page in each.pages]
        pdf = self._tried(lambda: bytes(good[0].copy(all_pages).write_pdf()))
        if not isinstance(pdf, Permanent):
            return [Printed(pdf, pages)]
        if len(htmls) == 1:
            return [Printed(b"", [pdf])]
        middle = len(htmls) // 2
        return [*self.together(htmls[:middle]), *self.together(htmls[middle:])]

    def _laid_out(self, html: str, pictures: dict[str, Any]) -> Any:
        sheets = [self._sheet(url) for url in _LINK.findall(html)]
        bare = _SCRIPT.sub("", _LINK.sub("", html))
        document = HTML(
            string=bare, base_url=ORIGIN, url_fetcher=self._fetcher, media_type="screen"
        )
        _bring_in(document.etree_element)
        return document.render(
            font_config=self._fonts, stylesheets=[*sheets, self._page], cache=pictures
        )

    def _tried(self, work: Callable[[], T]) -> T | Permanent:
        try:
            return work()
        except FatalURLFetchingError as error:
            raise error.__cause__ or error from None
        except FabricError:
            raise
        except Exception as error:  # whatever is wrong with one document, the others are printed
            return Permanent(f"it cannot be printed: {type(error).__name__}: {error}")

    def _sheet(self, url: str) -> Any:
        if url not in self._sheets:
            self._sheets[url] = CSS(
                string=_without_idle_fonts(self._fetcher.content(url).decode("utf-8", "replace")),
                base_url=f"{ORIGIN}{url}",
                url_fetcher=self._fetcher,
                media_type="screen",
                font_config=self._fonts,
            )
        return self._sheets[url]


def _without_idle_fonts(css: str) -> str:
    """Odoo's style sheet declares sixty fonts, and WeasyPrint would read each of them."""
    text = _FONT.sub("", css)
    return _FONT.sub(lambda face: face[0] if face[1].strip() in text else "", css)


def _bring_in(root: Any) -> None:
    """Put each header and footer to the beginning of its body: they hold from there on.

    Odoo writes header, body and footer beside each other: a footer would begin at the last page.
    """
    for parent in [each for each in root.iter() if any("article" in _kinds(c) for c in each)]:
        article, coming = None, list[Any]()
        for child in list(parent):
            if "article" in _kinds(child):
                article = child
                for header in coming:
                    article.insert(0, header)
                coming = []
            elif "header" in _kinds(child):
                parent.remove(child)
                coming.append(child)
            elif "footer" in _kinds(child) and article is not None:
                parent.remove(child)
                article.insert(0, child)


def _kinds(element: Any) -> list[str]:
    return str(element.get("class", "")).split()
