"""Texts of a source file with expressions in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.sources import Expression

_HOLES = re.compile(r"{([^{}]+)}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in braces: ``order_{id}``. Raises ``ValueError`` when one is none."""

    text: str
    holes: tuple[Expression, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found = tuple(Expression(hole) for hole in _HOLES.findall(self.text))
        object.__setattr__(self, "holes", found)

    def of(self, data: Any) -> str:
        """The text, filled in. Raises ``InvalidDelivery`` for a hole that stays empty."""
        values = iter([self._value(hole, data) for hole in self.holes])
        return _HOLES.sub(lambda _match: next(values), self.text)

    def _value(self, hole: Expression, data: Any) -> str:
        value = hole.of(data)
        if value in (None, "") or isinstance(value, dict | list):
            said = "nothing" if value in (None, "") else "no single value"
            raise InvalidDelivery(f"the expression {hole.text!r} of {self.text!r} finds {said}")
        return str(value)
