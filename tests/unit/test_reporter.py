"""What running jobs say of themselves, and how they learn that nobody wants them any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import cast

import pytest

from odoo_bridge.errors import Cancelled, OdooUnavailable
from odoo_bridge.job import Envelope, Json, Progress
from odoo_bridge.reporter import LONGEST_LINE, MOST_LINES, Pulse, Reporter
from odoo_bridge.rpc import Addon

EVERY = 0.02


class Odoo:
    """Answers reports; jobs in ``unwanted`` were cancelled."""

    def __init__(self) -> None:
        self.unwanted: set[str] = set()
        self.reports: list[list[Json]] = []
        self.away = False

    def report(self, reports: Sequence[Json]) -> list[Json]:
        self.reports.append(list(reports))
        if self.away:
            raise OdooUnavailable("down")
        return [
            {"accepted": each["subject"]["uuid"] not in self.unwanted, "state": "started"}
            for each in reports
        ]


@pytest.fixture
def odoo() -> Odoo:
    return Odoo()


def reporter(odoo: Odoo, grace: float = 60.0) -> Reporter:
    return Reporter(lambda: cast(Addon, odoo), every=EVERY, grace=grace)


def envelope(uuid: str = "u1") -> Envelope:
    return Envelope(uuid, 1, "test.task", "default")


def look_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_progress_and_lines_go_in_one_report(odoo: Odoo) -> None:
    with reporter(odoo).reporting(envelope()) as pulse:
        pulse.progress = Progress(3, 10, "rows")
        pulse.note("first")
        pulse.note("second")
        look_until(lambda: bool(odoo.reports))
    (said,) = odoo.reports[0]
    assert (said["done"], said["total"], said["text"]) == (3, 10, "rows")
    assert said["log"] == ["first", "second"]


def test_the_last_lines_of_a_short_job_are_told(odoo: Odoo) -> None:
    with Reporter(lambda: cast(Addon, odoo), every=60).reporting(envelope()) as pulse:
        pulse.note("all is well")
    assert [report["log"] for (report,) in odoo.reports] == [["all is well"]]


def test_a_short_job_without_lines_costs_no_call(odoo: Odoo) -> None:
    with Reporter(lambda: cast(Addon, odoo), every=60).reporting(envelope()) as pulse:
        pulse.progress = Progress(1, 1)
    assert odoo.reports == []


def test_lines_are_bounded() -> None:
    pulse = Pulse()
    for number in range(MOST_LINES + 5):
        pulse.note(f"{number}".ljust(2 * LONGEST_LINE))
    assert len(pulse.lines) == MOST_LINES
    assert len(pulse.lines[-1]) == LONGEST_LINE
    assert pulse.lines[0].startswith("5 ")


def test_a_job_without_progress_is_asked_about_too(odoo: Odoo) -> None:
    with reporter(odoo).reporting(envelope()) as pulse:
        look_until(lambda: len(odoo.reports) > 1)
        assert not pulse.cancelled
        odoo.unwanted.add("u1")
        look_until(lambda: pulse.cancelled)


def test_an_odoo_that_is_away_cancels_nothing(odoo: Odoo) -> None:
    odoo.away = True
    odoo.unwanted.add("u1")
    with reporter(odoo).reporting(envelope()) as pulse:
        look_until(lambda: len(odoo.reports) > 1)
        assert not pulse.cancelled


def test_what_does_not_stop_by_itself_is_stopped_alone(odoo: Odoo) -> None:
    reports = reporter(odoo, grace=0.0)
    ended: dict[str, str] = {}
    go_on = threading.Event()

    def run(uuid: str) -> None:
        try:
            with reports.reporting(envelope(uuid)):
                while not go_on.is_set():
                    time.sleep(0.001)
        except Cancelled:
            ended[uuid] = "cancelled"
        else:
            ended[uuid] = "done"

    threads = [threading.Thread(target=run, args=[uuid]) for uuid in ("u1", "u2")]
    for thread in threads:
        thread.start()
    odoo.unwanted.add("u1")
    threads[0].join(20)
    go_on.set()
    threads[1].join(20)
    assert ended == {"u1": "cancelled", "u2": "done"}


def test_a_thread_that_was_stopped_is_not_stopped_again(odoo: Odoo) -> None:
    """Many short jobs, all unwanted and stopped at once: none leaves anything behind."""
    reports = reporter(odoo, grace=0.0)
    odoo.unwanted.add("u1")

    def run() -> None:
        with reports.reporting(envelope()):
            while True:
                time.sleep(0.001)

    for _ in range(20):
        with pytest.raises(Cancelled):
            run()
    seen = len(odoo.reports)
    with reports.reporting(envelope("u2")):
        look_until(lambda: len(odoo.reports) > seen + 2)
    assert [each["subject"]["uuid"] for each in odoo.reports[-1]] == ["u2"]
