"""Printing in processes of their own, one for each CPU: WeasyPrint is Python, which threads share.

No ``multiprocessing.Process``: a worker of Celery's prefork pool is daemonic and may have none.
What a document makes of a process, a crash or gigabytes, stays there as well.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from odoo_bridge.errors import ConfigurationError, FabricError, Permanent
from odoo_bridge.job import Json
from tasks.reports.printed import Printed

if TYPE_CHECKING:
    from tasks.reports.printing import Fetch

Line = Connection
MOST = 4
"""Processes of one job."""


class Press:
    """One process that prints. It is started when it first has something to do."""

    def __init__(self, paper: Json, fetch: Fetch) -> None:
        self._paper = paper
        self._fetch = fetch
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None
        self._lock = Lock()
        self._over = False

    def printed(self, htmls: Sequence[str]) -> list[Printed]:
        """See ``Printer.together``. A document at which the process ends is one that cannot be."""
        try:
            return self._asked(htmls)
        except (EOFError, OSError):
            self._gone()
        if self._over or len(htmls) == 1:
            lost = Permanent("it cannot be printed: the process that did it ended")
            return [Printed(b"", [lost] * len(htmls))]
        middle = len(htmls) // 2
        return [*self.printed(htmls[:middle]), *self.printed(htmls[middle:])]

    def _asked(self, htmls: Sequence[str]) -> list[Printed]:
        line = self._line or self._started()
        line.send(list(htmls))
        while True:
            kind, content = line.recv()
            if kind == "fetch":
                line.send(self._fetched(content))
            elif kind == "failed":
                raise content
            else:
                return list(content)

    def _fetched(self, url: str) -> bytes | FabricError:
        try:
            return self._fetch(url)
        except FabricError as error:
            return error

    def _started(self) -> Line:
        ours, theirs = Pipe()
        number = theirs.fileno()
        command = (sys.executable, "-P", "-m", "tasks.reports.press", str(number), str(os.getpid()))
        with self._lock:
            if self._over:
                raise EOFError
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[number], start_new_session=True
            )
        theirs.close()
        self._line = ours
        ours.send(self._paper)
        return ours

    def _gone(self) -> None:
        if self._line:
            self._line.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None

    def stop(self) -> None:
        """End the process, also in the middle of something: ``printed`` then ends soon."""
        with self._lock:
            self._over = True
            if self._process:
                self._process.kill()

    def close(self) -> None:
        """Nobody is in ``printed`` any more."""
        self._gone()


class Presses:
    """Some of them at work at once."""

    def __init__(self, presses: Sequence[Press], threads: ThreadPoolExecutor) -> None:
        self._free: SimpleQueue[Press] = SimpleQueue()
        for press in presses:
            self._free.put(press)
        self._threads = threads
        self.count = len(presses)

    def printing(self, htmls: Sequence[str]) -> Future[list[Printed]]:
        """What ``Press.printed`` will answer."""
        return self._threads.submit(self._on_a_free_one, htmls)

    def _on_a_free_one(self, htmls: Sequence[str]) -> list[Printed]:
        press = self._free.get()
        try:
            return press.printed(htmls)
        finally:
            self._free.put(press)


@contextmanager
def presses(paper: Json, fetch: Fetch) -> Iterator[Presses]:
    """As many as there are CPUs; all are ended with the context."""
    count = min(MOST, len(os.sched_getaffinity(0)))
    made = [Press(paper, fetch) for _ in range(count)]
    threads = ThreadPoolExecutor(count, "press")
    try:
        yield Presses(made, threads)
    finally:
        for press in made:
            press.stop()
        threads.shutdown(cancel_futures=True)
        for press in made:
            press.close()


def main() -> None:
    """The process itself, which ends when nobody is left at the other end."""
    number, parent = map(int, sys.argv[1:])
    Thread(target=_end_with, args=[parent], daemon=True).start()
    line: Line = Connection(number)
    paper = line.recv()

    def fetch(url: str) -> bytes:
        line.send(("fetch", url))
        answer = line.recv()
        if isinstance(answer, FabricError):
            raise answer
        return bytes(answer)

    try:
        from tasks.reports.printing import Printer  # noqa: PLC0415 (an extra brings it)

        printer = Printer(paper, fetch)
        printer.together([""])
        # What is there now stays: the collector would look through it again and again, which is a
        # fifth of the time that printing takes.
        gc.freeze()
    except (ImportError, OSError) as error:  # OSError: Pango is missing
        line.send(("failed", missing(error)))
        return
    while True:
        htmls = line.recv()
        try:
            line.send(("printed", printer.together(htmls)))
        except FabricError as error:
            line.send(("failed", error))


def _end_with(parent: int) -> None:
    """A document may take for ever, and nobody wait for it any more."""
    while os.getppid() == parent:
        time.sleep(2.0)  # the rhythm itself, not a wait for something
    os._exit(1)


def missing(error: Exception) -> ConfigurationError:
    """What to say without the extra that brings the libraries."""
    return ConfigurationError(
        "to print documents, workers need odoo-celery-fabric[documents] and Debian's "
        f"libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0: {error}"
    )


if __name__ == "__main__":
    try:
        main()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit()
