import doctest
import io
import zipfile
from datetime import date

from odoo.tests import BaseCase, tagged

from ..const import CONFIDENCES, TRIGGERS
from ..tools import expiry, schedule_csv, sheet
from ..tools.expiry import Candidate, get_expiry, pick_longest

HEADER = b'code,title_vi,retention_years,trigger,confidence\n'


def load_tests(loader, tests, ignore):
    tests.addTests(doctest.DocTestSuite(expiry))
    return tests


@tagged('post_install', '-at_install')
class TestExpiry(BaseCase):

    def test_rule_37_five_years_from_2016_end_with_2021(self):
        """Archives law, testable rule 37."""
        self.assertEqual(get_expiry(Candidate('x', 'fixed', 5, date(2016, 6, 5))), date(2021, 12, 31))

    def test_nothing_expires_before_its_trigger(self):
        self.assertIsNone(get_expiry(Candidate('x', 'fixed', 5, None)))
        self.assertIsNone(get_expiry(Candidate('x', 'permanent', 0, date(2016, 6, 5))))

    def test_leap_day_without_year_end(self):
        self.assertEqual(get_expiry(Candidate('x', 'fixed', 1, date(2024, 2, 29)), to_year_end=False), date(2025, 2, 28))

    def test_the_longest_wins(self):
        day = date(2016, 6, 5)
        five, twenty = Candidate('5', 'fixed', 5, day), Candidate('20', 'fixed', 20, day)
        event, permanent = Candidate('e', 'until_event', 0, None), Candidate('p', 'permanent')
        self.assertEqual(pick_longest([five, twenty]).rule, '20')
        self.assertEqual(pick_longest([twenty, event, five]).rule, 'e')
        self.assertEqual(pick_longest([event, permanent]).rule, 'p')
        self.assertIsNone(pick_longest([]))


@tagged('post_install', '-at_install')
class TestScheduleCsv(BaseCase):

    def _read(self, body):
        return schedule_csv.read(HEADER + body.encode(), dict(TRIGGERS), dict(CONFIDENCES))

    def test_an_unknown_trigger_is_listed_and_the_rest_loads(self):
        lines, problems = self._read("A,Một,5,,S\nB,Hai,5,full_moon,S\nC,Ba,permanent,,K\n")
        self.assertEqual([line.code for line in lines], ['A', 'C'])
        self.assertEqual([(problem.number, problem.code, problem.reason, problem.value) for problem in problems],
                         [(3, 'B', 'trigger', 'full_moon')])

    def test_each_kind_of_bad_row(self):
        lines, problems = self._read(
            ",Một,5,,\nA,,5,,\nB,Hai,0,,\nC,Ba,-5,,\nD,Bốn,mãi mãi,,\nE,Năm,5,,\nE,Sáu,5,,\nF,Bảy,5,,sure\nG,Tám,until_event,,\n")
        self.assertEqual([line.code for line in lines], ['E'])
        self.assertEqual([problem.reason for problem in problems],
                         ['no_code', 'no_title', 'term', 'term', 'term', 'duplicate', 'confidence', 'trigger'])

    def test_a_file_that_is_none(self):
        for raw, reason in ((b'\xff\xfe\x00', 'encoding'), (b'a,b\n1,2\n', 'columns'), (b'x' * (5 * 1024 * 1024 + 1), 'too_large'),
                            (b'', 'columns')):
            with self.subTest(reason), self.assertRaises(schedule_csv.Unreadable) as refusal:
                schedule_csv.read(raw, {}, {})
            self.assertEqual(refusal.exception.args[0], reason)

    def test_terms_that_wait_for_an_event(self):
        lines, problems = self._read("A,Một,until_superseded,,\nB,Hai,asset_life,,\nC,Ba,20,destruction,K\n")
        self.assertFalse(problems)
        self.assertEqual([(line.kind, line.years, line.trigger) for line in lines], [
            ('until_event', 0, 'superseded'), ('until_event', 0, 'asset_end'), ('fixed', 20, 'destruction')])


@tagged('post_install', '-at_install')
class TestSheet(BaseCase):

    def test_what_is_no_spreadsheet(self):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, 'w') as package:
            package.writestr('xl/workbook.xml', '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
        many = io.BytesIO()
        with zipfile.ZipFile(many, 'w') as package:
            for number in range(300):
                package.writestr(f'{number}.xml', 'x')
        for raw, reason in ((b'', 'not_xlsx'), (b'%PDF-1.4', 'not_xlsx'), (bomb.getvalue(), 'not_xlsx'), (many.getvalue(), 'too_large')):
            with self.subTest(reason), self.assertRaises(sheet.Unreadable) as refusal:
                list(sheet.read_rows(raw))
            self.assertEqual(refusal.exception.args[0], reason)
