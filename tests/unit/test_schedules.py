"""When a schedule runs next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Json
from tasks.maintenance import run_schedules
from tasks.schedules import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "then"),
    [
        (Schedule("0 6 1 * *", "UTC"), "2026-11-22 07:00", "2026-12-01 06:00"),
        (Schedule("0 6 1 * *", "Europe/Paris"), "2026-11-22 07:00", "2026-12-01 05:00"),
        (Schedule("*/15 * * * *", "UTC"), "2026-11-22 07:00", "2026-11-22 07:15"),
        # Clocks go forward at 02:00 on 29 March 2026 in Paris: half past two does not exist.
        (Schedule("30 2 * * *", "Europe/Paris"), "2026-03-28 12:00", "2026-03-29 01:00"),
        # They go back at 03:00 on 25 October: half past two comes twice, and counts once.
        (Schedule("30 2 * * *", "Europe/Paris"), "2026-10-25 00:31", "2026-10-26 01:30"),
        # Outside its window it waits for the next occurrence inside.
        (Schedule("0 * * * *", "UTC", 8, 18), "2026-11-22 19:00", "2026-11-23 08:00"),
        (Schedule("0 7 * * *", "UTC", weekdays_only=True), "2026-11-20 08:00", "2026-11-23 07:00"),
    ],
)
def test_next_run(schedule: Schedule, after: str, then: str) -> None:
    assert schedule.next_run(at(after)) == at(then)


@given(after=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))
def test_the_next_run_is_later_and_in_the_window(after: datetime) -> None:
    moment = after.replace(tzinfo=UTC)
    then = Schedule("*/7 * * * *", "UTC", 9, 17.5, weekdays_only=True).next_run(moment)
    assert then > moment
    assert then.weekday() < 5
    assert 9 <= then.hour + then.minute / 60 <= 17.5


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule("99 * * * *", "UTC"), "no line of a crontab"),
        (Schedule("0 6 * * *", "Mars/Olympus"), "no time zone"),
        (Schedule("0 6 * * *", "UTC", 8, 9), "never falls"),
    ],
)
def test_what_can_never_run_is_an_error(schedule: Schedule, said: str) -> None:
    with pytest.raises(InvalidParams, match=said):
        schedule.next_run(at("2026-11-22 07:00"))


class Odoo:
    """The two calls of the addon, over one schedule."""

    def __init__(self, cron: str, next_at: str) -> None:
        row = {"window_from": 0, "window_to": 0, "weekdays_only": False}
        self.row: Json = {"id": 7, "cron": cron, "tz": "UTC", "next_at": next_at, **row}
        self.error = ""
        self.jobs = 0
        self.upcoming: list[str] = []

    def due_schedules(self) -> Json:
        return {"now": "2026-11-22 07:00:00", "schedules": [dict(self.row)]}

    def run_schedule(
        self, _id: int, next_at: str, then: str, error: str, upcoming: list[str]
    ) -> int:
        self.upcoming = upcoming
        if next_at != self.row["next_at"]:
            return 0
        self.row["next_at"], self.error = then, error
        self.jobs += bool(next_at and not error)
        return self.jobs


def test_a_new_schedule_is_planned_and_not_run() -> None:
    odoo = Odoo("0 8 * * *", "")
    assert run_schedules(odoo) == 0  # type: ignore[arg-type]
    assert odoo.row["next_at"] == "2026-11-22 08:00:00"
    assert odoo.upcoming == [f"2026-11-{day} 08:00:00" for day in (23, 24, 25, 26)]


def test_what_was_missed_for_days_is_made_up_for_once() -> None:
    odoo = Odoo("0 * * * *", "2026-11-19 03:00:00")
    assert run_schedules(odoo) == 1  # type: ignore[arg-type]
    assert (odoo.row["next_at"], odoo.jobs) == ("2026-11-22 08:00:00", 1)


def test_a_line_that_is_none_is_reported_to_odoo() -> None:
    odoo = Odoo("61 * * * *", "")
    assert run_schedules(odoo) == 0  # type: ignore[arg-type]
    assert "no line of a crontab" in odoo.error
