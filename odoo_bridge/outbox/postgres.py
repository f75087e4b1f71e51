"""``PostgresOutbox``: an outbox that is a table, claimed by one SQL function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from psycopg import sql

from odoo_bridge.job import Envelope, InFlight, Json, Origin, State
from odoo_bridge.postgres import Connection, Store


class PostgresOutbox:
    """The ``Outbox`` port over a claim function and a notification.

    A claim is one transaction that the caller publishes in: a crash in between gives the jobs
    back, and what was published then is refused by the fence. After the database went away each
    call raises ``StoreUnavailable`` at once until it is back; the caller decides how long to pause.

    ``functions`` is how the names of its functions begin: ``…_claim`` takes a limit and returns
    the columns that ``to_envelope`` reads, ``…_in_flight`` and ``…_rescue`` are the same
    everywhere. ``listen`` is what the database notifies when a job becomes claimable.
    """

    def __init__(
        self,
        dsn: str,
        *,
        name: str,
        functions: str,
        listen: str,
        to_envelope: Callable[[Json], Envelope],
    ) -> None:
        self.name = name
        self._claim, self._in_flight, self._rescue = (
            sql.SQL(query).format(sql.Identifier(f"{functions}_{name}"))
            for query, name in (
                ("SELECT * FROM {}(%s)", "claim"),
                ("SELECT * FROM {}()", "in_flight"),
                ("SELECT uuid FROM {}(%s::text[], %s::integer[], %s)", "rescue"),
            )
        )
        self._listen = sql.SQL("LISTEN {}").format(sql.Identifier(listen))
        self._to_envelope = to_envelope
        self._store = Store(dsn, f"{name} outbox", prepare=self._subscribe)

    @contextmanager
    def claim(self, limit: int) -> Iterator[list[Envelope]]:
        """Take up to ``limit`` jobs; see ``Outbox.claim``."""
        with self._store.transaction() as connection:
            rows = connection.execute(self._claim, [limit]).fetchall()
            yield [self._to_envelope(row) for row in rows]

    def in_flight(self) -> list[InFlight]:
        """What was claimed and has not ended; see ``Outbox.in_flight``."""
        with self._store.session() as connection:
            rows = connection.execute(self._in_flight).fetchall()
        return [InFlight(**row | {"state": State(row["state"])}) for row in rows]

    def rescue(self, attempts: Sequence[InFlight], *, begun: bool) -> list[str]:
        """Put orphans back; see ``Outbox.rescue``."""
        uuids = [each.uuid for each in attempts]
        with self._store.transaction() as connection:
            numbers = [each.attempt for each in attempts]
            rows = connection.execute(self._rescue, [uuids, numbers, begun])
            return [row["uuid"] for row in rows]

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
        functions="celery_job",
        listen="celery_job",
        to_envelope=lambda row: Envelope(origin=Origin.ODOO, **row),
    )
