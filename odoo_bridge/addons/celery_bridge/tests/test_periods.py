from datetime import date

from odoo.tests import BaseCase, tagged

from ..fabric.periods import PERIODS, Calendar, bounds, date_params, params_of_period

ON_A_LEAP_DAY = {
    "today": ("2024-02-29", "2024-02-29"),
    "yesterday": ("2024-02-28", "2024-02-28"),
    "this_week": ("2024-02-26", "2024-03-03"),
    "last_week": ("2024-02-19", "2024-02-25"),
    "this_month": ("2024-02-01", "2024-02-29"),
    "last_month": ("2024-01-01", "2024-01-31"),
    "this_quarter": ("2024-01-01", "2024-03-31"),
    "last_quarter": ("2023-10-01", "2023-12-31"),
    "this_year": ("2024-01-01", "2024-12-31"),
    "last_year": ("2023-01-01", "2023-12-31"),
    "this_fiscal_year": ("2024-01-01", "2024-12-31"),
    "last_fiscal_year": ("2023-01-01", "2023-12-31"),
}


def until_june(day):
    """A fiscal year that ends with June."""
    year = day.year + (day.month > 6)
    return date(year - 1, 7, 1), date(year, 6, 30)


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    def test_every_period(self):
        for period, _label in PERIODS:
            first, last = bounds(period, date(2024, 2, 29), Calendar())
            self.assertEqual((str(first), str(last)), ON_A_LEAP_DAY[period], period)

    def test_the_month_before_january(self):
        self.assertEqual(bounds("last_month", date(2026, 1, 1), Calendar()), (date(2025, 12, 1), date(2025, 12, 31)))

    def test_weeks_begin_as_people_have_them(self):
        sunday = date(2026, 11, 22)
        for start, first in ((1, "2026-11-16"), (6, "2026-11-21"), (7, "2026-11-22")):
            days = bounds("this_week", sunday, Calendar(start))
            self.assertEqual((str(days[0]), (days[1] - days[0]).days), (first, 6), start)
            last = bounds("last_week", sunday, Calendar(start))
            self.assertEqual((days[0] - last[1]).days, 1, start)

    def test_fiscal_years(self):
        days = bounds("last_fiscal_year", date(2026, 7, 1), Calendar(1, until_june))
        self.assertEqual(days, (date(2025, 7, 1), date(2026, 6, 30)))
        days = bounds("this_fiscal_year", date(2026, 6, 30), Calendar(1, until_june))
        self.assertEqual(days, (date(2025, 7, 1), date(2026, 6, 30)))

    def test_which_params_are_days(self):
        period = {"properties": {"date_from": {}, "date_to": {}, "at": {}}}
        day = {"properties": {"at": {}}}
        self.assertEqual(date_params(period), ("date_from", "date_to"))
        self.assertEqual(date_params({}), (None, None))
        today = date(2026, 11, 22)
        self.assertEqual(
            params_of_period(period, "last_year", today, Calendar()), {"date_from": "2025-01-01", "date_to": "2025-12-31"}
        )
        self.assertEqual(params_of_period(day, "last_month", today, Calendar()), {"at": "2026-10-31"})
        self.assertEqual(params_of_period({}, "last_month", today, Calendar()), {})
