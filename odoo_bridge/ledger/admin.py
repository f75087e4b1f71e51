"""What an admin does with deliveries: look, replay, discard."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json, State
from odoo_bridge.ledger.cipher import Cipher
from odoo_bridge.ledger.queries import query
from odoo_bridge.postgres import Store

REPLAYABLE = (State.DEAD, State.CANCELLED, State.DONE)
"""What has ended; the rest is on its way."""
DISCARDABLE = (State.DEAD, State.PENDING, State.SCHEDULED)
"""What no worker has."""

_FILTERS = {
    "uuids": "uuid = ANY(%(uuids)s::uuid[])",
    "sources": "source = ANY(%(sources)s::text[])",
    "states": "state = ANY(%(states)s::text[])",
    "since": "received_at >= %(since)s",
    "grep": """(
        strpos(error, %(grep)s) > 0 OR strpos(event_id, %(grep)s) > 0
        OR strpos(ordering_key, %(grep)s) > 0 OR strpos(correlation_id, %(grep)s) > 0
        OR (NOT sealed AND position(convert_to(%(grep)s, 'UTF8') IN body) > 0)
    )""",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which deliveries: all conditions that are given must hold."""

    uuids: Sequence[str] = ()
    sources: Sequence[str] = ()
    states: Sequence[State] = ()
    since: datetime | None = None
    """Received then or later."""
    grep: str = ""
    """A text in the error, the event id, the ordering key, the correlation id, or in a body that
    is not encrypted."""

    def values(self) -> Json:
        """The conditions that are given."""
        given = {
            "uuids": list(self.uuids),
            "sources": list(self.sources),
            "states": [state.value for state in self.states],
            "since": self.since,
            "grep": self.grep,
        }
        return {name: value for name, value in given.items() if value}


def readable(body: bytes) -> tuple[str, str]:
    """A body as text, and how: ``utf-8`` as it is, or ``base64``."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return b64encode(body).decode(), "base64"


class DeliveryAdmin:
    """An admin's side of the ledger. Every method raises ``StoreUnavailable``."""

    def __init__(self, dsn: str, cipher: Cipher | None = None) -> None:
        self._store = Store(dsn, "ledger")
        self._cipher = cipher or Cipher()

    def find(self, choice: Choice, limit: int) -> list[Json]:
        """The newest of them, without headers and bodies."""
        return self._run("list_deliveries", choice.values(), limit=limit)

    def show(self, uuid: str) -> Json:
        """All that is known of one; ``body`` is bytes, opened.

        Raises ``InvalidDelivery`` when there is none, ``ConfigurationError`` without its key.
        """
        with self._store.session() as connection:
            row = connection.execute(query("show_delivery"), {"uuid": uuid}).fetchone()
        if row is None:
            raise InvalidDelivery(f"the ledger has no delivery {uuid}")
        return row | {"body": self._cipher.open(row["body"], sealed=row["sealed"])}

    def replay(self, choice: Choice) -> list[str]:
        """Put what has ended back, to be handled anew; the uuids of what that was."""
        return self._change("replay_deliveries", choice, REPLAYABLE)

    def discard(self, choice: Choice, reason: str) -> list[str]:
        """Cancel what no worker has; the uuids of what that was."""
        return self._change("discard_deliveries", choice, DISCARDABLE, reason=reason)

    def close(self) -> None:
        """Let go of the connection."""
        self._store.close()

    def _change(
        self, name: str, choice: Choice, possible: Sequence[State], **values: str
    ) -> list[str]:
        states = [state.value for state in possible if state in (choice.states or possible)]
        rows = self._run(name, choice.values() | {"states": states}, **values)
        return [row["uuid"] for row in rows]

    def _run(self, name: str, conditions: Json, **values: object) -> list[Json]:
        chosen = [sql.SQL(_FILTERS[each]) for each in conditions] or [sql.SQL("true")]
        text = sql.SQL(query(name).decode()).format(where=sql.SQL(" AND ").join(chosen))
        with self._store.transaction() as connection:
            return list(connection.execute(text, conditions | values).fetchall())
