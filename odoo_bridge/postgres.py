"""One connection to a PostgreSQL, and its errors as ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from odoo_bridge.errors import ConfigurationError, StoreUnavailable

Connection = psycopg.Connection[DictRow]

# A server that died without a word is noticed within about half a minute.
DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}


def conninfo(dsn: str, application_name: str) -> str:
    """``dsn`` with time-outs and our name, where it does not set its own.

    Raises ``ConfigurationError`` on what is not a connection string.
    """
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:  # its message may quote the password
        raise ConfigurationError(f"the DSN of {application_name} is malformed") from None
    merged: dict[str, Any] = {**DEFAULTS, "application_name": application_name, **given}
    return make_conninfo("", **merged)


@contextmanager
def store_errors(store: str) -> Iterator[None]:
    """PostgreSQL's errors as ``StoreUnavailable``, or ``ConfigurationError`` for a missing schema.

    ``OperationalError`` is "not necessarily under the control of the programmer" (PEP 249): lost
    connections, and cancelled or conflicting transactions, which were rolled back.
    """
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable(f"the PostgreSQL of {store} is away: {error}") from error
    except (
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedTable,
        psycopg.errors.InsufficientPrivilege,
    ) as error:
        raise ConfigurationError(f"the PostgreSQL of {store} is not set up: {error}") from error


class Store:
    """One connection, opened when first needed and again after it was lost.

    Threads may share it and take turns. A process that forks opens its own.
    """

    def __init__(
        self, dsn: str, name: str, prepare: Callable[[Connection], object] | None = None
    ) -> None:
        self.name = name
        self._dsn = conninfo(dsn, f"odoo-fabric {name}")
        self._prepare = prepare
        self._connection: Connection | None = None
        self._lock = RLock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at a normal exit, rolls back on an exception. Raises ``StoreUnavailable``."""
        with self.session() as connection, connection.transaction():
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """The connection, in autocommit. Raises ``StoreUnavailable``."""
        with self._lock, store_errors(self.name):
            yield self._open()

    def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            connection = psycopg.Connection.connect(
                self._dsn, autocommit=True, row_factory=dict_row
            )
            if self._prepare is not None:
                self._prepare(connection)
            self._connection = connection
        return self._connection
