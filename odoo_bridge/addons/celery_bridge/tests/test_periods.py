from datetime import date

from odoo.tests import BaseCase, tagged

from ..fabric.periods import PERIODS, bounds, date_params, params_of_period

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
}


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    def test_every_period(self):
        for period, _label in PERIODS:
            first, last = bounds(period, date(2024, 2, 29))
            self.assertEqual((str(first), str(last)), ON_A_LEAP_DAY[period], period)

    def test_the_month_before_january(self):
        self.assertEqual(bounds("last_month", date(2026, 1, 1)), (date(2025, 12, 1), date(2025, 12, 31)))

    def test_which_params_are_days(self):
        period = {"properties": {"date_from": {}, "date_to": {}, "at": {}}}
        day = {"properties": {"at": {}}}
        self.assertEqual(date_params(period), ("date_from", "date_to"))
        self.assertEqual(date_params({}), (None, None))
        today = date(2026, 11, 22)
        self.assertEqual(
            params_of_period(period, "last_year", today), {"date_from": "2025-01-01", "date_to": "2025-12-31"}
        )
        self.assertEqual(params_of_period(day, "last_month", today), {"at": "2026-10-31"})
        self.assertEqual(params_of_period({}, "last_month", today), {})
