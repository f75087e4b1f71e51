"""Embedded broker and ledger, run the way the supervisor runs them."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from workers import process
from workers.embedded import places, postgres, valkey
from workers.embedded.server import Server


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    monkeypatch.setattr(places, "state_dir", lambda: path)
    monkeypatch.setattr(valkey, "state_dir", lambda: path)
    yield path
    shutil.rmtree(path)


@contextmanager
def running(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    child = process.spawn(server.argv, env=server.env, user=server.user)
    try:
        assert process.wait_ready(child, server.ready, 20)
        yield child
    finally:
        process.stop(child, ((server.stop_signal, 10.0), (signal.SIGKILL, 5.0)))


def test_the_broker_asks_for_its_password_and_keeps_it_out_of_sight(state: Path) -> None:
    server = valkey.broker()
    with running(server) as child:
        client = redis.Redis.from_url(server.address)
        assert client.set("key", "value")
        port = client.connection_pool.connection_kwargs["port"]
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        client.close()
        password = server.address.split("@")[0].rpartition(":")[2]
        assert password not in " ".join(psutil.Process(child.pid).cmdline())
    assert child.returncode == 0
    assert [path.name for path in (state / "broker").iterdir()] == ["valkey.conf"]


def test_the_ledger_keeps_what_it_was_given(state: Path) -> None:
    server = postgres.ledger()
    with running(server), psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute("CREATE TABLE delivery (id int)")
        connection.execute("INSERT INTO delivery VALUES (1)")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    again = postgres.ledger()
    with running(again), psycopg.connect(again.address) as connection:
        assert connection.execute("SELECT id FROM delivery").fetchall() == [(1,)]


def test_the_ledger_lets_nobody_in_without_a_password(state: Path) -> None:
    server = postgres.ledger()
    socket_dir = state / "ledger" / "run"
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    with running(server):
        for user in ("fabric", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="no password"):
                psycopg.connect(host=str(socket_dir), user=user, dbname="fabric_ledger")


def test_a_child_ends_with_its_parent() -> None:
    script = (
        "from workers.process import spawn\n"
        "print(spawn(['sleep', '600']).pid, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert child.wait(10) is None or not child.is_running()


def test_a_child_that_will_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    child = process.spawn(["sh", "-c", f"trap '' TERM; touch {deaf}; while :; do sleep 1; done"])
    assert process.wait_ready(child, deaf.exists, 10)
    process.stop(child, ((signal.SIGTERM, 0.5), (signal.SIGKILL, 5.0)))
    assert child.returncode == -signal.SIGKILL


def test_stop_ends_the_grandchildren_too(tmp_path: Path) -> None:
    ready = tmp_path / "pid"
    child = process.spawn(
        ["sh", "-c", f"sleep 600 & echo $! > {ready}.new; mv {ready}.new {ready}; wait"]
    )
    assert process.wait_ready(child, ready.exists, 10)
    grandchild = psutil.Process(int(ready.read_text()))
    process.stop(child)
    assert grandchild.wait(10) is None


def test_a_process_is_known_by_its_start_too() -> None:
    own = psutil.Process()
    assert process.find(own.pid, own.create_time()) == own
    assert process.find(own.pid, own.create_time() - 60) is None
