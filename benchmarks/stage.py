"""Where questions are measured: one real Odoo with the bridge and the peer in one database."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL

from benchmarks import peer
from benchmarks.waiting import quiet
from odoo_bridge.job import Json
from odoo_bridge.postgres import Connection
from workers.embedded import odoo
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo import OdooOptions
from workers.embedded.odoo_process import OdooProcess
from workers.settings import settings

DATABASE = "benchmarks"
ODOO_WORKERS = 2
CONTROLLER = "benchmark_intake"
"""An addon of ours, loaded server-wide: its address is there, and nothing of it in the database."""
PACKAGES = Path(__file__).parent / "in_odoo" / "packages"
MARK = "ANSWER "


@dataclass(frozen=True, slots=True)
class Stage:
    """A running Odoo and the ways into it."""

    odoo: DevOdoo
    process: OdooProcess
    connection: Connection
    """The database as its owner, in autocommit."""

    def in_odoo(self, function: Callable[..., Json], **arguments: Any) -> Json:
        """What ``function(env, **arguments)`` returned inside Odoo's shell.

        The whole module of the function goes there, so it must stand on its own.
        """
        source = inspect.getsource(inspect.getmodule(function) or function)
        call = f"{function.__name__}(env, **json.loads({json.dumps(arguments)!r}))"
        answer = f"import json\nprint({MARK!r} + json.dumps({call}), flush=True)\n"
        output = self.process.shell(f"{source}\n\n{answer}")
        last = next(line for line in reversed(output.splitlines()) if line.startswith(MARK))
        found: Json = json.loads(last.removeprefix(MARK))
        return found

    def query(self, name: str, **values: Any) -> list[Json]:
        """The rows of ``sql/<name>.sql``."""
        text = (Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8")
        cursor = self.connection.execute(SQL(text), values)
        return cursor.fetchall() if cursor.description else []

    def reset(self) -> None:
        """Queues as nobody has touched them, and no jobs: each question starts alike."""
        self.query("reset_queues")
        self.clear()

    def clear(self) -> None:
        """Forget all jobs, and wait until Odoo has come to rest: each run starts alike."""
        self.query("clear")
        quiet(self.odoo.pid)


@contextmanager
def stage(report: Callable[[str], None]) -> Iterator[Stage]:
    """Odoo for the length of the context, with the peer loaded server-wide."""
    database = settings().odoo_database or DATABASE
    options = OdooOptions(
        database,
        modules=(peer.MODULE,),
        port=0,
        workers=ODOO_WORKERS,
        packages=(peer.packages(), PACKAGES),
        server_wide=(peer.MODULE, CONTROLLER),
    )
    odoo.stop(database)
    started = odoo.start(options, report)
    try:
        with psycopg.Connection.connect(
            started.database_dsn, autocommit=True, row_factory=dict_row
        ) as connection:
            found = Stage(started, odoo.process_of(options), connection)
            found.query("watch_starts")
            yield found
    finally:
        odoo.stop(database)
