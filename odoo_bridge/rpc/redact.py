"""Blacks out what must not stand in a message, a log or a job's traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

_SHORTEST = 6
"""A secret of fewer characters ("admin") would black out words that are none."""

_RULES = (
    # postgresql://user:password@host
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
    # password=…, "api_key": "…", and a libpq DSN's
    (
        re.compile(
            r"(?i)((?:password|passwd|passwrd|pwd|secret|token|api_?key)['\"]?\s*(?:=|:(?=\s*['\"]))"
            r"\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;)]+)"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}"), rf"\1{MASK}"),
    # An API key of Odoo: 20 random bytes (res_users.py, ``res.users.apikeys._generate``).
    (re.compile(r"\b[0-9a-f]{40}\b"), MASK),
)


def redacted(text: str, secrets: Iterable[object] = ()) -> str:
    """``text`` without the secrets given, and without what looks like a DSN's or Odoo's."""
    for secret in secrets:
        if isinstance(secret, str) and len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    for pattern, mask in _RULES:
        text = pattern.sub(mask, text)
    return text
