"""A real RabbitMQ for a test, on its own ports and as an unprivileged user.

The server script is called, not Debian's wrapper, which insists on the user ``rabbitmq``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from amqp import Connection

from workers.embedded.places import private, unprivileged
from workers.process import free_port, spawn, stop, wait_ready

SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def installed() -> bool:
    """Whether Debian's ``rabbitmq-server`` is here."""
    return SCRIPT.exists()


class RabbitServer:
    """One node, whose data is under ``home``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._env = _environment(home, self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        private(self.home)
        _write(self.home / "plugins", "[].")
        _write(self.home / "rabbitmq.conf", f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        self._process = spawn(
            [str(SCRIPT)], env=self._env, user=unprivileged(), log=self.home / "server.log"
        )
        assert wait_ready(self._process, self._answers, 60), (self.home / "server.log").read_text()

    def kill(self) -> None:
        """As a power cut: nothing is written any more."""
        if self._process is not None:
            stop(self._process, ((signal.SIGKILL, 10.0),))
            self._process = None

    def wipe(self) -> None:
        """Kill it and bring it back without its data."""
        self.kill()
        shutil.rmtree(self.home / "mnesia", ignore_errors=True)
        self.start()

    def restart(self) -> None:
        """Kill it and bring it back with what it had on disk."""
        self.kill()
        self.start()

    def _answers(self) -> bool:
        try:
            with Connection(f"127.0.0.1:{self.port}", connect_timeout=2) as connection:
                return bool(connection.connected)
        except OSError:
            return False


def _environment(home: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)
