"""A real Redis (the embedded Valkey) for a test."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from workers.embedded.valkey import program
from workers.process import free_port, spawn, stop, wait_ready


class RedisServer:
    """One server, on a port that it keeps when it is started again.

    With ``keeps`` it has its data then, too: what it confirmed is in its append-only file.
    """

    def __init__(self, home: Path, *, keeps: bool = False) -> None:
        self.home = home
        self.keeps = keeps
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        arguments += ["--appendonly", "yes"] if self.keeps else []
        self._process = spawn(
            [str(program()), *arguments, "--dir", str(self.home)], log=self.home / "redis.log"
        )
        assert wait_ready(self._process, self._answers, 10), "Redis did not start"

    def kill(self) -> None:
        if self._process is not None:
            stop(self._process, ((signal.SIGKILL, 10.0),))
            self._process = None

    def restart(self) -> None:
        """Kill it and bring it back, without its data unless it ``keeps`` them."""
        self.kill()
        self.start()

    def wipe(self) -> None:
        """Take its data away while it runs."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def redis_server(home: Path) -> Iterator[str]:
    """The address of a server that runs for the length of the context."""
    server = RedisServer(home)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()
