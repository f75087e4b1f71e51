"""``Finder``: one value of a delivery, in a header or by JMESPath in the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from odoo_bridge.errors import InvalidDelivery

HEADER = "header:"


@dataclass(frozen=True, slots=True)
class Finder:
    """``header:X-Event-Id``, or a JMESPath expression (https://jmespath.org/specification.html).

    Raises ``ValueError`` when the expression is none.
    """

    text: str
    header: str = field(init=False, default="")
    """In lower case; empty: look into the body."""
    _compiled: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.text.startswith(HEADER):
            name = self.text.removeprefix(HEADER).strip().lower()
            if not name:
                raise ValueError(f"{self.text!r} names no header")
            object.__setattr__(self, "header", name)
            return
        try:
            compiled = jmespath.compile(self.text)
        except JMESPathError as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.text!r} is no JMESPath expression: {reason}") from error
        object.__setattr__(self, "_compiled", compiled)

    def of(self, headers: Mapping[str, str], payload: Any) -> Any:
        """What it finds, None for nothing. ``headers`` have lower-case names.

        Raises ``InvalidDelivery`` when the expression does not fit the payload.
        """
        if self.header:
            return headers.get(self.header)
        try:
            return self._compiled.search(payload)
        except (JMESPathError, RecursionError) as error:
            reason = " ".join(str(error).split())
            raise InvalidDelivery(f"the expression {self.text!r} fails: {reason}") from error
