"""JMESPath (https://jmespath.org/specification.html), as source files use it.

To its functions ours are added: ``lower``, ``upper``, ``trim`` and ``text`` (numbers as they are
written), which let null pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from odoo_bridge.errors import InvalidDelivery

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
    _parsed: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_parsed", _compiled(self.text))
        except JMESPathError as error:
            raise ValueError(f"{self.text!r} is no JMESPath expression: {_said(error)}") from error

    def of(self, data: Any) -> Any:
        """What it finds, None for nothing. Raises ``InvalidDelivery`` naming the expression."""
        try:
            return self._parsed.search(data, _OPTIONS)
        except (JMESPathError, RecursionError) as error:
            raise InvalidDelivery(f"the expression {self.text!r} fails: {_said(error)}") from error


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())
