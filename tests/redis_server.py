"""A real Redis (the embedded Valkey) for a test, kept until the context ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from workers.embedded.valkey import program
from workers.process import free_port, stop, wait_ready


@contextmanager
def redis_server(home: Path, port: int = 0) -> Iterator[str]:
    """Its address. It keeps nothing."""
    port = port or free_port()
    url = f"redis://127.0.0.1:{port}/0"
    arguments = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(home), "--save", ""]
    with (home / "redis.log").open("ab") as log:
        server = subprocess.Popen([str(program()), *arguments], stdout=log, stderr=log)
    try:
        assert wait_ready(server, lambda: _answers(url), 10), "Redis did not start"
        yield url
    finally:
        stop(server)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
