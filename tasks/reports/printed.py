"""What comes out of a printer: documents, and those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odoo_bridge.errors import Permanent


@dataclass(frozen=True, slots=True)
class Printed:
    """Some documents as one PDF."""

    pdf: bytes
    """Empty when none of them could be printed."""
    pages: Sequence[int | Permanent]
    """How many pages each document has, or why it is not there."""
