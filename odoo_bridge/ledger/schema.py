"""The ledger's schema: numbered migrations, each with its way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.ledger.queries import query
from odoo_bridge.postgres import Connection, Store


@dataclass(frozen=True, slots=True)
class Migration:
    """``migrations/<version>_<name>.{up,down}.sql``."""

    version: int
    name: str

    def script(self, direction: str) -> bytes:
        file = f"{self.version:03}_{self.name}.{direction}.sql"
        return (files(__package__) / "migrations" / file).read_bytes()


@cache
def migrations() -> tuple[Migration, ...]:
    """Every migration, in order."""
    stems = sorted(
        file.name.removesuffix(".up.sql")
        for file in (files(__package__) / "migrations").iterdir()
        if file.name.endswith(".up.sql")
    )
    return tuple(Migration(int(stem[:3]), stem[4:]) for stem in stems)


def migrate(dsn: str, to: int | None = None) -> int:
    """Bring the ledger to version ``to``, by default the newest, and return that version.

    All in one transaction, under a lock: several processes may start at once. A lower ``to``
    migrates down. Raises ``StoreUnavailable``, and ``ConfigurationError`` when the database is of
    a later release than this one.
    """
    target = migrations()[-1].version if to is None else to
    store = Store(dsn, "ledger")
    try:
        with store.transaction() as connection:
            connection.execute(query("lock_schema"))
            connection.execute(query("create_schema_version"))
            _walk(connection, _current(connection), target)
    finally:
        store.close()
    return target


def _current(connection: Connection) -> int:
    row = connection.execute(query("current_version")).fetchone()
    version = int(row["version"]) if row else 0
    if version > migrations()[-1].version:
        raise ConfigurationError(
            f"the ledger has schema version {version}, this release knows "
            f"{migrations()[-1].version}: upgrade the fabric"
        )
    return version


def _walk(connection: Connection, current: int, target: int) -> None:
    for step in migrations():
        if current < step.version <= target:
            connection.execute(step.script("up"))
            connection.execute(query("add_version"), {"version": step.version, "name": step.name})
    for step in reversed(migrations()):
        if target < step.version <= current:
            connection.execute(step.script("down"))
            connection.execute(query("remove_version"), {"version": step.version})
