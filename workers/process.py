"""Starting and stopping processes: the ground that the supervisor stands on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import psutil

from workers import child

Process: TypeAlias = "subprocess.Popen[bytes] | psutil.Process"
Steps = Sequence[tuple[signal.Signals, float]]

GENTLE: Steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
TICK = 0.05
"""Seconds between two looks at something that cannot wake us."""


def spawn(  # noqa: PLR0913 - each is one property of the child
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
    log: Path | None = None,
    outlive: bool = False,
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own; it ends with this process unless ``outlive``.

    Call it from the main thread: the kernel takes the death of the *thread* that started it for
    the parent's (prctl(2)). Output is appended to ``log``, or shared with this process.
    """
    parent = 0 if outlive else os.getpid()
    wrapper = [sys.executable, "-I", "-S", child.__file__, str(parent), user or "", *argv]
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            wrapper,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
    finally:
        if output:
            output.close()


def leave_running(process: subprocess.Popen[bytes]) -> int:
    """Parts with a child that was started to outlive us, and returns its pid.

    Python warns of a child that nobody waited for, unless it is told that it has ended.
    """
    process.returncode = 0
    return process.pid


def stop(process: Process, steps: Steps = GENTLE) -> None:
    """Ends a process by ever harder signals, each with its seconds to wait, then its group.

    The signals go to the process alone, which winds its children down itself; what is left of
    its own group afterwards is killed.
    """
    leads_group = _leads_group(process.pid)
    for number, seconds in steps:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired):
            process.wait(seconds)
            break
    if leads_group:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def find(pid: int, started: float) -> psutil.Process | None:
    """The live process of this pid, if it started at that time: a pid may have been reused."""
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        same = abs(process.create_time() - started) < 0.1
    except psutil.NoSuchProcess:
        return None
    return process if alive and same else None


def wait_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], seconds: float) -> bool:
    """Waits until ``ready()``. False when the process ended or the seconds are over."""
    for _ in range(int(seconds / TICK)):
        if ready():
            return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(TICK)
            return False
    return False


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that was free just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def port_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _leads_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False
