"""Odoo's configuration file, and Odoo run once or as a server."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from urllib.error import URLError
from urllib.request import urlopen

from odoo_bridge.errors import ConfigurationError
from workers.embedded import places
from workers.embedded.instance import dev_dir, home_of
from workers.embedded.postgres import Cluster
from workers.embedded.release import Release
from workers.process import free_port, leave_running, spawn, stop, wait_ready

OWNER = "odoo"
"""The PostgreSQL role that Odoo is: no superuser."""
SERVER_WIDE = ("base", "rpc", "web")
"""What Odoo's server loads for every database unless told otherwise (odoo/tools/config.py)."""
START_SECONDS = 180.0
TAIL_LINES = 25

CONFIGURATION = """\
[options]
addons_path = {addons}
admin_passwd = {master}
data_dir = {data}
db_host = {socket}
db_name = {database}
db_password = {password}
db_port = 5432
db_user = {owner}
dbfilter = ^{database}$
gevent_port = {gevent_port}
http_interface = 127.0.0.1
http_port = {port}
list_db = False
max_cron_threads = 1
server_wide_modules = {server_wide}
workers = {workers}
"""

MAKE_KEYS = """
import json
keys = {{}}
for login in {logins!r}:
    user = env["res.users"].with_context(active_test=False).search([("login", "=", login)])
    assert user, "no user has the login " + login
    keys[login] = env(user=user.id)["res.users.apikeys"].sudo()._generate(None, "odoo-fabric", None)
env.cr.commit()
print("KEYS " + json.dumps(keys))
"""


@dataclass(frozen=True)
class OdooProcess:
    """How Odoo is run on one database."""

    release: Release
    cluster: Cluster
    addons: tuple[Path, ...]
    database: str
    packages: tuple[Path, ...] = ()
    """Directories of more Python packages; ``odoo.addons`` in them are found as addons."""
    server_wide: tuple[str, ...] = ()
    """Modules that the server loads besides its own."""

    @property
    def log(self) -> Path:
        """Where it logs."""
        return home_of(self.database) / "odoo.log"

    def configure(self, port: int = 8069, workers: int = 0) -> None:
        """Writes the configuration file, which holds passwords."""
        text = CONFIGURATION.format(
            addons=",".join(str(path) for path in (self.release.addons, *self.addons)),
            master=token_urlsafe(24),
            data=data_dir(),
            socket=self.cluster.socket_dir,
            database=self.database,
            password=self.cluster.password(OWNER),
            owner=OWNER,
            gevent_port=free_port(),
            port=port,
            server_wide=",".join((*SERVER_WIDE, *self.server_wide)),
            workers=workers,
        )
        places.write_secret(self._configuration, text)

    def run(self, *arguments: str) -> None:
        """Runs Odoo to its end: installs, updates. Raises ``ConfigurationError``."""
        self._finish("server", "--stop-after-init", "--no-http", "--workers=0", *arguments)

    def run_tests(self, port: int, tags: str, *arguments: str) -> str:
        """Runs Odoo's tests with these tags, on this port; returns the log.

        ``arguments`` may install what is to be tested.

        Raises ``ConfigurationError`` when one fails, or when the tags fit none.
        """
        self.configure(port)
        options = ("--stop-after-init", "--workers=0", f"--test-tags={tags}", *arguments)
        command = self._argv("server", *options)
        done = subprocess.run(command, env=self._environment, capture_output=True, check=False)
        log = done.stderr.decode(errors="replace")
        ran = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
        if done.returncode or not ran or ran.groups()[:2] != ("0", "0") or ran[3] == "0":
            failures = [
                line
                for line in log.splitlines()
                if " ERROR " in line or line.startswith("AssertionError")
            ]
            raise ConfigurationError(f"Odoo's tests {tags} failed:\n" + "\n".join(failures[-40:]))
        return log

    def make_keys(self, logins: tuple[str, ...]) -> dict[str, str]:
        """A new API key for each login. Over RPC this would ask for the password again."""
        output = self.shell(MAKE_KEYS.format(logins=logins))
        for line in output.splitlines():
            if line.startswith("KEYS "):
                keys: dict[str, str] = json.loads(line.removeprefix("KEYS "))
                return keys
        raise ConfigurationError(
            f"Odoo made no API keys for {', '.join(logins)}:\n{output[-2000:]}"
        )

    def shell(self, script: str) -> str:
        """What a script printed in Odoo's shell. Raises ``ConfigurationError`` when it failed."""
        return self._finish("shell", "--no-http", "--workers=0", "--log-level=warn", script=script)

    def serve(self, port: int) -> int:
        """Starts the server, which outlives us, waits until it answers, and returns its pid.

        Raises ``ConfigurationError`` with the last lines of its log.
        """
        self.log.unlink(missing_ok=True)
        process = spawn(self._argv("server"), env=self._environment, log=self.log, outlive=True)
        answers = False
        try:
            answers = wait_ready(process, lambda: _answers(port), START_SECONDS)
        finally:  # an interrupted start leaves no Odoo behind either
            if not answers:
                stop(process)
        if answers:
            return leave_running(process)
        raise ConfigurationError(f"Odoo did not start; the end of {self.log}:\n{tail(self.log)}")

    @property
    def _configuration(self) -> Path:
        return home_of(self.database) / "odoo.conf"

    @property
    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        path = os.pathsep.join(map(str, (self.release.packages, *self.packages)))
        return kept | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

    def _argv(self, command: str, *arguments: str) -> tuple[str, ...]:
        configuration = ("-c", str(self._configuration), "-d", self.database)
        return (*self.release.command, command, *configuration, *arguments)

    def _finish(self, command: str, *arguments: str, script: str = "") -> str:
        done = subprocess.run(
            self._argv(command, *arguments),
            env=self._environment,
            input=script.encode(),
            capture_output=True,
            check=False,
        )
        log = done.stderr.decode(errors="replace")
        # Odoo ends with 0 although an update failed, when it could still stop in good order.
        if done.returncode or " CRITICAL " in log:
            last = "\n".join(log.splitlines()[-TAIL_LINES:])
            raise ConfigurationError(f"odoo {command} {' '.join(arguments)} failed:\n{last}")
        return done.stdout.decode(errors="replace")


def data_dir() -> Path:
    """Odoo's file store and sessions, of all databases."""
    return dev_dir() / "files"


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-TAIL_LINES:])


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
