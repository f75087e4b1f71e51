"""How long the ledger keeps what has ended, and the days that it keeps it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from odoo_bridge.ledger.queries import query
from odoo_bridge.postgres import Store


class Retention:
    """Makes the partitions of the days to come, and drops those of days gone by."""

    def __init__(self, dsn: str) -> None:
        self._store = Store(dsn, "ledger")

    def add_days(self) -> None:
        """Today's partition and the next week's. Raises ``StoreUnavailable``."""
        with self._store.transaction() as connection:
            connection.execute(query("add_days"))

    def prune(self, keep_days: int) -> int:
        """Forget what ended well that many days ago, event ids as well; how many days went.

        What is dead or unfinished stays: a person has yet to look at it. An event that comes again
        after it was forgotten is a new delivery. Raises ``StoreUnavailable``.
        """
        ended = datetime.now(UTC) - timedelta(days=keep_days)
        with self._store.session() as connection:
            days = connection.execute(query("old_days"), {"keep_days": keep_days}).fetchall()
            for row in days:
                values = {"day": row["day"], "ended": ended}
                connection.execute(query("forget_keys"), values)
                connection.execute(query("drop_day"), values)
            connection.execute(query("prune_other"), {"ended": ended})
        return len(days)

    def close(self) -> None:
        """Let go of the connection."""
        self._store.close()
