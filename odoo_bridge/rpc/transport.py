"""The way a call reaches Odoo: one method, ``call(service, method, args)``.

``service`` is ``common`` or ``object`` (or ``db``, but for JSON-2); ``args`` are those of Odoo's
own dispatchers (``odoo/service/common.py``, ``model.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from odoo_bridge.errors import InvalidValue
from odoo_bridge.rpc.values import SURROGATE, invalid


class Transport(Protocol):
    """A protocol that Odoo speaks."""

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """Call ``method`` of Odoo's ``common`` or ``object`` service. Raises ``FabricError``s."""


def addressed(args: Sequence[Any]) -> dict[str, str]:
    """The header that names the database of a call, which comes first among its arguments.

    Without it Odoo 19 lists the databases of its server at each call that has no session
    (``odoo/http.py``, ``Request._get_session_and_dbname``): half of what a small call costs it.
    Older ones do not know the header.
    """
    database = args[0] if args else None
    if isinstance(database, str) and database and database.isascii() and database.isprintable():
        return {"X-Odoo-Database": database}
    return {}


@dataclass(frozen=True, slots=True)
class Call:
    """What a call is about, for messages."""

    model: str
    method: str
    payload: Mapping[str, Any]
    """What a person may have got wrong, by the name to point at."""
    secrets: tuple[object, ...] = ()
    """To be kept out of messages."""

    @classmethod
    def of(cls, service: str, method: str, args: Sequence[Any]) -> Call:
        """From the arguments of ``Transport.call``: a database, a user and a key come first."""
        if service == "object" and len(args) >= 5:
            if method == "execute":
                values: dict[str, Any] = {"args": args[5:]}
            else:
                values = dict(zip(("args", "kwargs"), args[5:], strict=False))
            return cls(str(args[3]), str(args[4]), values, (args[2],))
        # common.authenticate(database, login, key, …)
        return cls(service, method, {"args": args}, tuple(args[2:3]))

    def invalid(self, characters: re.Pattern[str] = SURROGATE) -> InvalidValue | None:
        """The first value that cannot travel; ``characters`` are those that cannot."""
        found = (
            invalid(each, f"{self}: {name}", characters) for name, each in self.payload.items()
        )
        return next(filter(None, found), None)

    def __str__(self) -> str:
        return f"{self.model}.{self.method}"
