"""Where Odoo 14 to 19 differ in what we ask them: a table, so that no code asks for a version.

14 and 19 are tried against servers (tests/contract/test_older_odoo.py); those between stand here
as their sources have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelling:
    """How something is said from a major version on."""

    since: int
    name: str
    before: tuple[object, ...] = ()
    """Positional arguments that come before those of the call."""
    after: tuple[object, ...] = ()


_SPELLINGS: Mapping[str, tuple[Spelling, ...]] = {
    # May the user do this with the model at all? Since 18 a method of records, of none here.
    "has_access": (
        Spelling(14, "check_access_rights", after=(False,)),
        Spelling(18, "has_access", before=([],)),
    ),
    # The least that a user may ask of res.users. XML-RPC of 14 cannot carry what context_get
    # answers, and the fabric's account of 19 may ask nothing else.
    "context_get": (
        Spelling(14, "search_count", before=([["id", "=", 0]],)),
        Spelling(19, "context_get"),
    ),
    # The groups of a user (res.users).
    "group_ids": (Spelling(14, "groups_id"), Spelling(19, "group_ids")),
}


def spelling(what: str, version: str) -> Spelling:
    """How the Odoo of this version (``17.0``, ``saas~18.2+e``) says it; ``what`` is 19's word."""
    major = major_of(version)
    known = _SPELLINGS[what]
    return next((each for each in reversed(known) if each.since <= major), known[0])


def major_of(version: str) -> int:
    """``17`` of ``17.0``, ``18`` of ``saas~18.2+e``; an unknown form counts as the newest."""
    digits = version.rpartition("~")[2].partition(".")[0]
    return int(digits) if digits.isdecimal() else 10**6
