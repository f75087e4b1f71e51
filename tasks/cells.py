"""Texts in files that people open in a spreadsheet program."""

from __future__ import annotations

_STARTS = frozenset("=+-@\t\r")
"""What makes a cell a formula. Source: OWASP, "CSV Injection"."""


def plain(text: str) -> str:
    """The text as a cell of CSV that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in _STARTS else text
