from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo.tools import mute_logger

from .common import CivicCommon


class TestCalendar(CivicCommon):

    def test_weekends_and_tet_are_days_off(self):
        for day in ('2025-01-27', '2025-01-29', '2025-01-31', '2025-02-01', '2024-02-14', '2026-02-16', '2026-02-20'):
            self.assertFalse(self.agency._is_working_day(day), day)
        for day in ('2025-01-24', '2025-02-03', '2024-02-07', '2024-02-15', '2026-02-13', '2026-02-23'):
            self.assertTrue(self.agency._is_working_day(day), day)

    def test_moved_saturdays_are_worked(self):
        for saturday, instead in (
            ('2024-05-04', '2024-04-29'), ('2025-04-26', '2025-05-02'), ('2026-01-10', '2026-01-02'), ('2026-08-22', '2026-08-31'),
        ):
            self.assertTrue(self.agency._is_working_day(saturday), saturday)
            self.assertFalse(self.agency._is_working_day(instead), instead)

    def test_deadlines_over_tet(self):
        # Friday before Tết 2025; the next working day is Monday 3 February
        self.assertEqual(self.agency._add_working_days('2025-01-24', 1), date(2025, 2, 3))
        self.assertEqual(self.agency._add_working_days('2025-01-24', 15), date(2025, 2, 21))
        self.assertEqual(self.agency._add_working_days('2025-02-03', -1), date(2025, 1, 24))

    def test_deadlines_over_a_moved_saturday(self):
        self.assertEqual(self.agency._add_working_days('2025-04-25', 1), date(2025, 4, 26))
        self.assertEqual(self.agency._add_working_days('2025-04-29', 1), date(2025, 5, 5))

    def test_the_same_day_stays_the_same_day(self):
        for day in (date(2025, 1, 29), date(2025, 2, 3), date(2025, 2, 8)):
            self.assertEqual(self.agency._add_working_days(day, 0), day)

    def test_counting_is_the_inverse_of_adding(self):
        start = date(2025, 1, 1)
        for offset in range(0, 200, 7):
            day = start + timedelta(days=offset)
            for days in (1, 2, 15, 40):
                end = self.agency._add_working_days(day, days)
                self.assertTrue(self.agency._is_working_day(end))
                self.assertEqual(self.agency._working_days_between(day, end), days, (day, end))
                self.assertEqual(self.agency._working_days_between(end, day), -days)
        self.assertEqual(self.agency._working_days_between(start, start), 0)

    def test_numbers_of_days_say_what_counting_says(self):
        numbers = dict(self.agency._get_working_day_numbers('2025-01-20', '2025-05-10'))
        self.assertEqual(len(numbers), 111)
        for first, last in (('2025-01-24', '2025-02-03'), ('2025-04-25', '2025-05-05'), ('2025-01-20', '2025-05-10')):
            first, last = date.fromisoformat(first), date.fromisoformat(last)
            self.assertEqual(numbers[last] - numbers[first], self.agency._working_days_between(first, last), first)

    def test_an_agency_may_have_a_day_of_its_own(self):
        self.assertTrue(self.agency._is_working_day('2025-08-19'))
        self.env['civic.calendar.day'].create({
            'date': '2025-08-19', 'kind': 'holiday', 'name': "Ngày truyền thống", 'company_id': self.agency.id})
        self.assertFalse(self.agency._is_working_day('2025-08-19'))
        self.assertTrue(self.other_agency._is_working_day('2025-08-19'))
        # its own day goes before the general one
        self.env['civic.calendar.day'].create({
            'date': '2025-09-02', 'kind': 'working', 'name': "Trực lễ", 'company_id': self.agency.id})
        self.assertTrue(self.agency._is_working_day('2025-09-02'))
        self.assertFalse(self.other_agency._is_working_day('2025-09-02'))

    def test_corrections_take_effect_at_once(self):
        day = self.env.ref('civic_base.calendar_day_2026_11_24')
        self.assertFalse(self.agency._is_working_day('2026-11-24'))
        day.date = '2026-11-25'
        self.assertTrue(self.agency._is_working_day('2026-11-24'))
        self.assertFalse(self.agency._is_working_day('2026-11-25'))
        day.unlink()
        self.assertTrue(self.agency._is_working_day('2026-11-25'))

    @mute_logger('odoo.sql_db')
    def test_a_day_stands_once_in_the_calendar(self):
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env['civic.calendar.day'].create({'date': '2025-09-02', 'name': "Quốc khánh"})

    def test_every_day_shipped_names_its_law_and_fits_the_week(self):
        days = self.env['civic.calendar.day'].search([('company_id', '=', False), ('date', '<', '2028-01-01')])
        self.assertEqual({day.date.year for day in days}, {2024, 2025, 2026, 2027})
        for day in days:
            self.assertTrue(day.legal_basis, day.date)
            if day.kind == 'working':
                self.assertGreaterEqual(day.date.weekday(), 5, f"{day.date}: only a day off can become a working day")
        for year in (2024, 2025, 2026, 2027):
            # Article 112: eleven days a year; those moved to a weekday in lieu are among them
            off = {day.date for day in days if day.kind == 'holiday' and day.date.year == year and day.date.weekday() < 5}
            moved = {day.date for day in days if day.kind == 'working' and day.date.year == year}
            culture_day = {date(year, 11, 24)} & off
            self.assertEqual(len(off) - len(moved) - len(culture_day), 11, year)
