"""``PostgresOutbox``: an outbox that is a table, claimed by one SQL function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import sql

from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.postgres import Connection, Store


class PostgresOutbox:
    """The ``Outbox`` port over a claim function and a notification.

    A claim is one transaction that the caller publishes in: a crash in between gives the jobs
    back, and what was published then is refused by the fence. After the database went away each
    call raises ``StoreUnavailable`` at once until it is back; the caller decides how long to pause.

    ``claim_function`` takes a limit and returns the columns that ``to_envelope`` reads; ``listen``
    is what the database notifies when a job becomes claimable.
    """

    def __init__(
        self,
        dsn: str,
        *,
        name: str,
        claim_function: str,
        listen: str,
        to_envelope: Callable[[Json], Envelope],
    ) -> None:
        self.name = name
        self._query = sql.SQL("SELECT * FROM {}(%s)").format(sql.Identifier(claim_function))
        self._listen = sql.SQL("LISTEN {}").format(sql.Identifier(listen))
        self._to_envelope = to_envelope
        self._store = Store(dsn, f"{name} outbox", prepare=self._subscribe)

    @contextmanager
    def claim(self, limit: int) -> Iterator[list[Envelope]]:
        """Take up to ``limit`` jobs; see ``Outbox.claim``."""
        with self._store.transaction() as connection:
            rows = connection.execute(self._query, [limit]).fetchall()
            yield [self._to_envelope(row) for row in rows]

    def wait(self, seconds: float) -> None:
        """Return on a notification, at the latest after ``seconds``. Raises ``StoreUnavailable``.

        A notification that came during a claim counts: psycopg keeps it.
        """
        with self._store.session() as connection:
            for _notification in connection.notifies(timeout=seconds, stop_after=1):
                pass
            # One claim answers all that have come meanwhile.
            for _notification in connection.notifies(timeout=0):
                pass

    def close(self) -> None:
        """Let go of the connection."""
        self._store.close()

    def _subscribe(self, connection: Connection) -> None:
        connection.execute(self._listen)


def odoo_outbox(dsn: str) -> PostgresOutbox:
    """The jobs of Odoo's database; the columns are those of docs/reference/protocol.md."""
    return PostgresOutbox(
        dsn,
        name="odoo",
        claim_function="celery_job_claim",
        listen="celery_job",
        to_envelope=lambda row: Envelope(origin=Origin.ODOO, **row),
    )
