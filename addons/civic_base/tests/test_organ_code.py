from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import CivicCommon


class TestOrganCode(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.create_agency("Sở Thông tin và Truyền thông")
        cls.heir = cls.create_agency("Sở Khoa học và Công nghệ")

    def create_code(self, partner, code, valid_from=False, valid_to=False, generation='qd20_2020'):
        return self.env['civic.organ.code'].create({
            'partner_id': partner.id, 'code': code, 'generation': generation,
            'valid_from': valid_from, 'valid_to': valid_to,
        })

    def test_a_code_belongs_to_one_agency_at_a_time(self):
        self.create_code(self.department, 'H29.12', '2020-09-15', '2025-02-28')
        for start, end in (
            (False, False), ('2025-02-28', False), (False, '2020-09-15'), ('2021-01-01', '2021-12-31'),
            ('2019-01-01', '2026-01-01'),
        ):
            with self.subTest(start=start, end=end), self.assertRaises(ValidationError):
                self.create_code(self.heir, 'H29.12', start, end)

    def test_a_freed_code_may_pass_to_another_agency(self):
        self.create_code(self.department, 'H29.12', '2020-09-15', '2025-02-28')
        self.create_code(self.heir, 'H29.12', '2025-03-01')
        find = self.env['civic.organ.code']._find_partner
        self.assertEqual(find('H29.12', '2025-02-28'), self.department)
        self.assertEqual(find('H29.12', '2025-03-01'), self.heir)
        self.assertFalse(find('H29.12', '2020-09-14'))

    def test_moving_the_validity_is_checked_too(self):
        first = self.create_code(self.department, 'H29.12', '2020-09-15', '2025-02-28')
        self.create_code(self.heir, 'H29.12', '2025-03-01')
        with self.assertRaises(ValidationError):
            first.valid_to = '2025-03-01'

    def test_both_generations_live_side_by_side(self):
        self.create_code(self.department, '000.00.12.H29', generation='qcvn_2016')
        self.create_code(self.department, 'H29.12', '2020-09-15')
        find = self.env['civic.organ.code']._find_partner
        self.assertEqual(find('000.00.12.h29'), self.department, "case does not matter")
        self.assertEqual(find(' H29.12 '), self.department)

    def test_unknown_or_empty_code_finds_nobody(self):
        for code in ('H99.99', '', None, False, "'; DROP"):
            self.assertFalse(self.env['civic.organ.code']._find_partner(code), code)

    def test_malformed_codes_are_refused(self):
        for code, generation in (
            ('H29.', 'qd20_2020'), ('29.H', 'qd20_2020'), ('H29 1', 'qd20_2020'), ('H29.Đ1', 'qd20_2020'),
            ('H29', 'qcvn_2016'), ('000.00.00.H29.1', 'qcvn_2016'),
        ):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.create_code(self.department, code, generation=generation)

    def test_a_code_of_35_characters_is_kept_whole(self):
        code = 'H29.' + 'A' * 31
        self.create_code(self.department, code)
        self.assertEqual(self.env['civic.organ.code']._find_partner(code), self.department)

    def test_the_agency_shows_the_code_in_force_today(self):
        partner = self.agency.partner_id
        self.create_code(partner, '000.00.00.H29', generation='qcvn_2016')
        self.create_code(partner, 'H29', '2020-09-15', '2025-06-30')
        self.create_code(partner, 'H29.1', '2025-07-01')
        for today, code in (('2020-09-14', '000.00.00.H29'), ('2020-09-15', 'H29'), ('2025-06-30', 'H29'), ('2025-07-01', 'H29.1')):
            with freeze_time(today):
                self.agency.invalidate_recordset(['organ_code'])
                self.assertEqual(self.agency.organ_code, code, today)

    @freeze_time('2025-06-30 17:30:00')
    def test_today_is_the_day_in_viet_nam(self):
        self.create_code(self.agency.partner_id, 'H29.1', '2025-07-01')
        self.assertEqual(self.agency.with_context(tz='Asia/Ho_Chi_Minh').organ_code, 'H29.1')

    def test_successor_is_followed_to_the_agency_that_exists(self):
        last = self.create_agency("Sở Chuyển đổi số")
        self.department.write({'agency_valid_to': '2025-02-28', 'successor_id': self.heir.id})
        self.heir.write({'agency_valid_from': '2025-03-01', 'agency_valid_to': '2026-06-30', 'successor_id': last.id})
        self.assertEqual(self.department._get_agency_in_force('2025-02-28'), self.department)
        self.assertEqual(self.department._get_agency_in_force('2025-03-01'), self.heir)
        self.assertEqual(self.department._get_agency_in_force('2026-07-01'), last)

    def test_no_agency_succeeds_itself(self):
        self.department.successor_id = self.heir
        with self.assertRaises(ValidationError):
            self.heir.successor_id = self.department
        self.agency.agency_successor_id = self.other_agency
        with self.assertRaises(ValidationError):
            self.other_agency.agency_successor_id = self.agency

    def test_validity_of_an_agency_includes_its_last_day(self):
        self.agency.write({'agency_valid_from': '2004-01-01', 'agency_valid_to': '2025-06-30'})
        for day, valid in (('2003-12-31', False), ('2004-01-01', True), ('2025-06-30', True), ('2025-07-01', False)):
            self.assertEqual(self.agency._is_agency_valid(day), valid, day)
        self.assertTrue(self.other_agency._is_agency_valid('1950-01-01'), "no limits, always valid")

    def test_a_company_is_an_agency_and_its_form_opens(self):
        self.assertTrue(self.agency.partner_id.is_agency)
        with Form(self.agency) as form:
            form.abbreviation = 'UBNDTP'
            with form.organ_code_ids.new() as line:
                line.code = 'h29.7'
        self.assertEqual(self.agency.partner_id.abbreviation, 'UBNDTP')
        self.assertEqual(self.agency.organ_code, 'H29.7')
