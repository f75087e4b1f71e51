"""``Stored``: what became of a delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a delivery is kept; not ``new`` when its event had been delivered before."""

    uuid: str
    correlation_id: str
    new: bool
