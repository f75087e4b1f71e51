"""What a source file says of a payload: JMESPath expressions, and texts with some in them.

(https://jmespath.org/specification.html.) To its functions ours are added: ``lower``, ``upper``,
``trim`` and ``text`` (numbers as they are written), which let null pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from odoo_bridge.errors import InvalidDelivery

_HOLES = re.compile(r"{([^{}]+)}")
_TEXT: functions._Signature = {"types": ["string", "null"]}


class _Functions(functions.Functions):
    """JMESPath's own functions and ours."""

    @functions.signature(_TEXT)
    def _func_lower(self, value: str | None) -> str | None:
        return value and value.lower()

    @functions.signature(_TEXT)
    def _func_upper(self, value: str | None) -> str | None:
        return value and value.upper()

    @functions.signature(_TEXT)
    def _func_trim(self, value: str | None) -> str | None:
        return value and value.strip()

    @functions.signature({"types": ["string", "number", "null"]})
    def _func_text(self, value: Any) -> str | None:
        return None if value is None else str(value)


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Any:
    return jmespath.compile(text)


@dataclass(frozen=True, slots=True)
class Expression:
    """A JMESPath expression. Raises ``ValueError`` when it is none."""

    text: str

    def __post_init__(self) -> None:
        try:
            _compiled(self.text)
        except JMESPathError as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.text!r} is no JMESPath expression: {reason}") from error

    def of(self, data: Any) -> Any:
        """What it finds, None for nothing. Raises ``InvalidDelivery`` naming the expression."""
        try:
            return _compiled(self.text).search(data, _OPTIONS)
        except JMESPathError as error:
            reason = " ".join(str(error).split())
            raise InvalidDelivery(f"the expression {self.text!r} fails: {reason}") from error


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
