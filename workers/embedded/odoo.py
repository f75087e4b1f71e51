"""A real Odoo on the developer's machine, without root and without Docker.

Several run side by side, each with a database and a port of its own, on one PostgreSQL server
that stops with the last of them.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

import odoo_bridge
from odoo_bridge.errors import ConfigurationError
from workers import process
from workers.embedded import instance, places
from workers.embedded.instance import DevOdoo, dev_dir, home_of
from workers.embedded.odoo_database import (
    ADMIN,
    RELAY,
    SERVICE,
    Databases,
    Recipe,
    addons_digest,
)
from workers.embedded.odoo_process import OWNER, OdooProcess
from workers.embedded.postgres import Cluster
from workers.embedded.release import Report, provide

POSTGRES_STOP: process.Steps = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def silent(_text: str) -> None:
    """Reports nothing."""


@dataclass(frozen=True)
class OdooOptions:
    """Which Odoo to start."""

    database: str = "fabric"
    modules: tuple[str, ...] = ()
    """Modules besides the standard ones; those of the bridge's addons too."""
    port: int = 8069
    """Port on 127.0.0.1; 0 takes a free one."""
    workers: int = 0
    """Odoo's worker processes; 0 is one process with threads."""
    packages: tuple[Path, ...] = ()
    """Directories of more Python packages; ``odoo.addons`` in them are found as addons."""
    server_wide: tuple[str, ...] = ()
    """Modules that Odoo's server loads besides its own (``--load``)."""

    def __post_init__(self) -> None:
        for name in (self.database, *self.modules):
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
                raise ConfigurationError(
                    f"{name!r} is no name for a database or a module: use a-z, 0-9 and _"
                )


def start(options: OdooOptions, report: Report = silent) -> DevOdoo:
    """Starts Odoo, or returns the one that runs on this database already.

    The first time takes minutes and the network, later ones seconds. Raises
    ``ConfigurationError``, which says what to do.
    """
    with _exclusive():
        return instance.running(options.database) or _start(options, report)


def stop(database: str) -> bool:
    """Stops the Odoo of this database, with PostgreSQL if it was the last. False: none ran."""
    with _exclusive():
        found = _stop(database)
        if not instance.all_running():
            _stop_postgres()
        return found


def reset(options: OdooOptions, report: Report = silent) -> DevOdoo:
    """Starts Odoo on a new copy of the template; what was in the database is gone."""
    with _exclusive():
        _stop(options.database)
        return _start(options, report, fresh=True)


def run_tests(options: OdooOptions, tags: str, report: Report = silent) -> str:
    """Runs Odoo's own tests with these tags on a fresh copy of the template; returns the log.

    Raises ``ConfigurationError`` with the end of the log when one fails, or when none was run.
    Starts and stops of other development Odoos wait meanwhile.
    """
    with _exclusive():
        _stop(options.database)
        port = _port(options.port)
        with _prepared(options, port, report, fresh=True) as (odoo, _keys):
            report(f"Running Odoo's tests {tags}")
            log = odoo.run_tests(port, tags)
            if not instance.all_running():
                _stop_postgres()
            return log


@contextmanager
def bare(options: OdooOptions, report: Report = silent) -> Iterator[OdooProcess]:
    """How Odoo is run on a fresh database without the bridge's addons; dropped in the end.

    PostgreSQL must run. Starts and stops of other development Odoos wait only while it is made.
    """
    odoo = process_of(options, report)
    (addons,) = odoo.addons
    recipe = Recipe(odoo.release.version, options.modules, addons, addons_digest(addons))
    with odoo.cluster.connect() as connection:
        databases = Databases(connection, odoo, recipe, report)
        with _exclusive():
            databases.bare(options.database)
        try:
            odoo.configure()
            yield odoo
        finally:
            databases.drop(options.database)


def process_of(options: OdooOptions, report: Report = silent) -> OdooProcess:
    """How Odoo is run with these options: a shell beside the server, for example."""
    addons = (Path(odoo_bridge.__file__).parent / "addons",)
    release = provide(report)
    return OdooProcess(
        release, _cluster(), addons, options.database, options.packages, options.server_wide
    )


def _start(options: OdooOptions, report: Report, *, fresh: bool = False) -> DevOdoo:
    port = _port(options.port)
    with _prepared(options, port, report, fresh=fresh) as (odoo, keys):
        odoo.configure(port, options.workers)
        report(f"Starting Odoo on port {port}")
        return _remember(odoo, keys, port, odoo.serve(port))


@contextmanager
def _prepared(
    options: OdooOptions, port: int, report: Report, *, fresh: bool
) -> Iterator[tuple[OdooProcess, dict[str, str]]]:
    """The database and how to run Odoo on it, with its API keys; PostgreSQL runs."""
    odoo = process_of(options, report)
    (addons,) = odoo.addons
    recipe = Recipe(odoo.release.version, options.modules, addons, addons_digest(addons))
    try:
        _start_postgres(odoo.cluster, report)
        with odoo.cluster.connect() as connection:
            databases = Databases(connection, odoo, recipe, report)
            if fresh:
                databases.drop(options.database)
            keys = databases.provide(options.database)
            databases.say_address(options.database, _url(port))
        yield odoo, keys
    except BaseException:
        if not instance.all_running():
            _stop_postgres()
        raise


def _remember(odoo: OdooProcess, keys: dict[str, str], port: int, pid: int) -> DevOdoo:
    found = DevOdoo(
        url=_url(port),
        database=odoo.database,
        login=SERVICE,
        api_key=keys[SERVICE],
        admin_login=ADMIN,
        admin_api_key=keys[ADMIN],
        outbox_dsn=odoo.cluster.dsn(odoo.database, RELAY),
        database_dsn=odoo.cluster.dsn(odoo.database, OWNER),
        port=port,
        pid=pid,
        started=psutil.Process(pid).create_time(),
        log=odoo.log,
        key_file=home_of(odoo.database) / "instance.json",
    )
    found.save()
    return found


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _port(wanted: int) -> int:
    if wanted and not process.port_free(wanted):
        raise ConfigurationError(
            f"port {wanted} is taken by another program: give --port, or --port 0 for a free one"
        )
    return wanted or process.free_port()


def _stop(database: str) -> bool:
    found = instance.running(database)
    running = found.process() if found else None
    if not found or not running:
        return False
    process.stop(running)
    found.key_file.unlink()
    return True


def _cluster() -> Cluster:
    return Cluster(home=dev_dir() / "postgres", roles=(OWNER, RELAY), durable=False)


def _start_postgres(cluster: Cluster, report: Report) -> None:
    report("Starting PostgreSQL")
    cluster.prepare()
    if cluster.answers():
        return
    server = cluster.start(outlive=True)
    if not process.wait_ready(server, cluster.answers, 30.0):
        process.stop(server, POSTGRES_STOP)
        raise ConfigurationError(f"PostgreSQL did not start: see {cluster.home / 'postgres.log'}")
    process.leave_running(server)


def _stop_postgres() -> None:
    if server := _postgres(_cluster().home / "data"):
        process.stop(server, POSTGRES_STOP)


def _postgres(data: Path) -> psutil.Process | None:
    """The server of this data directory, which its first file names: pid, directory, start."""
    file = data / "postmaster.pid"
    if not file.exists():
        return None
    pid, _directory, started, *_ = file.read_text().splitlines()
    try:
        found = psutil.Process(int(pid))
        # PostgreSQL notes the second at which it was up, a moment after the process began.
        ours = abs(found.create_time() - float(started)) < 30 and "-D" in found.cmdline()
    except psutil.NoSuchProcess:
        return None
    return found if ours and str(data) in found.cmdline() else None


def _exclusive() -> AbstractContextManager[None]:
    return places.exclusive(dev_dir() / "lock")
