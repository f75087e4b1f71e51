"""UUIDs that say when they were made: the ledger's partitions are ranges of them."""

from __future__ import annotations

import time
from os import urandom


def uuid7(now: float | None = None) -> str:
    """A version 7 UUID (RFC 9562, section 5.7), at Unix time ``now`` or this moment."""
    milliseconds = int((time.time() if now is None else now) * 1000) & 0xFFFF_FFFF_FFFF
    chance = int.from_bytes(urandom(10))
    high = milliseconds << 16 | 0x7000 | chance & 0x0FFF
    low = 0b10 << 62 | chance >> 12 & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
