"""Processes that hammer an Odoo for the length of a context (``benchmarks/hammer.py``)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from os import environ

from pydantic import SecretStr

from odoo_bridge.errors import FabricError
from workers.embedded.instance import DevOdoo
from workers.settings import Settings

PROCESSES = 2
THREADS = 32


@contextmanager
def hammering(found: DevOdoo, redis: str, calls: int) -> Iterator[Callable[[], int]]:
    """Gives how many calls were made so far."""
    config = Settings(
        odoo_url=found.url,
        odoo_database=found.database,
        odoo_login=found.admin_login,
        odoo_api_key=SecretStr(found.admin_api_key),
        redis_url=SecretStr(redis),
        odoo_calls=calls,
    )
    with ExitStack() as stack:
        hammers = []
        for threads in (0, *[THREADS // PROCESSES] * PROCESSES):
            hammer = subprocess.Popen(
                [sys.executable, "-P", "-m", "benchmarks.hammer", str(threads)],
                env={**environ, **config.environment(), "PYTHONPATH": "."},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(hammer.wait)
            stack.callback(hammer.kill)
            hammers.append(hammer)
        for hammer in hammers:
            _line(hammer)
        yield lambda: sum(int(_line(hammer, "calls\n")) for hammer in hammers)


def _line(hammer: subprocess.Popen[str], question: str = "") -> str:
    assert hammer.stdin, "opened as a pipe"  # noqa: S101 - for the type checker
    assert hammer.stdout, "opened as a pipe"  # noqa: S101
    hammer.stdin.write(question)
    hammer.stdin.flush()
    line = hammer.stdout.readline()
    if not line:
        raise FabricError("a hammer has ended: see the error above")
    return line
