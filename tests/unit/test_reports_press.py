"""Printing in other processes: what happens when one of them ends, or is not wanted any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from odoo_bridge.errors import FabricError, OdooUnavailable, Permanent
from tasks.reports.press import Press, presses
from tests.acceptance.conftest import wait_until
from tests.unit.test_reports_printing import HTML, PAPER

GOOD = HTML.format(body="text")
BAD = HTML.format(body="<img src='/bad.png'>")


def nothing(_url: str) -> bytes:
    return b""


def children() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [each for each in found if "tasks.reports.press" in each.cmdline()]


def test_documents_come_back_in_order_and_no_process_is_left() -> None:
    with presses(PAPER, nothing) as at_work:
        futures = [at_work.printing([GOOD] * n) for n in (1, 3, 2)]
        pages = [[each.pages for each in future.result()] for future in futures]
        assert children()
    assert pages == [[[1]], [[1, 1, 1]], [[1, 1]]]
    assert children() == []


def test_a_document_at_which_the_process_ends_is_named_and_the_others_are_printed() -> None:
    def fetch(url: str) -> bytes:
        if url == "/bad.png":
            (process,) = children()
            process.kill()
        return b""

    press = Press(PAPER, fetch)
    printed = press.printed([GOOD, BAD, GOOD, GOOD])
    press.close()
    pages = [each for some in printed for each in some.pages]
    assert [isinstance(each, Permanent) for each in pages] == [False, True, False, False]
    assert sum(len(some.pdf) > 0 for some in printed) == 2
    assert children() == []


@pytest.mark.parametrize("error", [OdooUnavailable("down", retry_in=7.0), Permanent("no")])
def test_what_odoo_says_of_a_picture_is_raised_here(error: FabricError) -> None:
    def fetch(url: str) -> bytes:
        if url == "/bad.png":
            raise error
        return b""

    with presses(PAPER, fetch) as at_work:
        with pytest.raises(type(error), match=str(error)) as raised:
            at_work.printing([BAD]).result()
        assert vars(raised.value) == vars(error)
        assert at_work.printing([GOOD]).result()[0].pages == [1], "it goes on"


def test_in_the_middle_it_stops_at_once() -> None:
    def fetch(url: str) -> bytes:
        if url == "/bad.png":
            press.stop()
        return b""

    press = Press(PAPER, fetch)
    (printed,) = press.printed([GOOD, BAD])
    press.close()
    assert all(isinstance(each, Permanent) for each in printed.pages)
    assert children() == []


def test_it_ends_with_the_worker(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "from tasks.reports.press import Press\n"
        f"press = Press({PAPER!r}, lambda url: input() and b'')\n"
        f"press.printed([{BAD!r}])\n"
    )
    with subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE) as worker:
        wait_until(lambda: len(psutil.Process(worker.pid).children()) == 1, 30)
        (press,) = psutil.Process(worker.pid).children()
        worker.kill()
    psutil.wait_procs([press], 30)
    assert not press.is_running()
