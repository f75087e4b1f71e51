"""``Finder``: one value of a delivery, in a header or by JMESPath in the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.sources.expression import Expression

HEADER = "header:"


@dataclass(frozen=True, slots=True)
class Finder:
    """``header:X-Event-Id``, or an ``Expression``. Raises ``ValueError`` when it is neither."""

    text: str
    header: str = field(init=False, default="")
    """In lower case; empty: look into the body."""
    _expression: Expression | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if not self.text.startswith(HEADER):
            object.__setattr__(self, "_expression", Expression(self.text))
            return
        name = self.text.removeprefix(HEADER).strip().lower()
        if not name:
            raise ValueError(f"{self.text!r} names no header")
        object.__setattr__(self, "header", name)

    def of(self, headers: Mapping[str, str], payload: Any) -> Any:
        """What it finds, None for nothing. ``headers`` have lower-case names.

        Raises ``InvalidDelivery`` when the expression does not fit the payload.
        """
        if self._expression is None:
            return headers.get(self.header)
        return self._expression.of(payload)
