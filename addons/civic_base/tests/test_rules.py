from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import CivicCommon


class TestRuleProfile(CivicCommon):

    def test_the_regime_changes_on_1_july_2025(self):
        for day, code in (
            ('1999-01-01', 'VN-2019'), ('2020-03-05', 'VN-2019'), ('2025-06-30', 'VN-2019'),
            ('2025-07-01', 'VN-2025'), ('2030-01-01', 'VN-2025'),
        ):
            self.assertEqual(self.env['civic.rule.profile']._for_date(day).code, code, day)

    def test_profiles_do_not_overlap(self):
        create = self.env['civic.rule.profile'].create
        for start, end in (
            ('2025-01-01', '2025-12-31'), (False, '2010-01-01'), ('2030-01-01', False), (False, False), ('2025-06-30', '2025-06-30'),
        ):
            with self.subTest(start=start, end=end), self.assertRaises(ValidationError):
                create({'code': 'VN-X', 'name': "X", 'valid_from': start, 'valid_to': end})

    def test_the_next_regime_follows_the_last(self):
        self.env.ref('civic_base.rule_profile_vn_2025').valid_to = '2029-12-31'
        following = self.env['civic.rule.profile'].create({'code': 'VN-2030', 'name': "2030", 'valid_from': '2030-01-01'})
        self.assertEqual(self.env['civic.rule.profile']._for_date('2029-12-31').code, 'VN-2025')
        self.assertEqual(self.env['civic.rule.profile']._for_date('2030-01-01'), following)

    def test_a_day_without_profile_is_said_so(self):
        self.env.ref('civic_base.rule_profile_vn_2025').valid_from = '2025-08-01'
        with self.assertRaises(UserError):
            self.env['civic.rule.profile']._for_date('2025-07-15')


class TestRuleValue(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = cls.env['civic.rule.value']

    def test_the_values_shipped(self):
        for key, expected in {
            'incoming.submit_working_days': 1,
            'incoming.urgent_hours': 2,
            'incoming.handle_working_days': 15,
            'incoming.acknowledge_working_days': 0,
            'content.max_bytes': 104857600,
            'content.max_pages': 5000,
            'subject.max_length': 500,
            'subject.hard_max_length': 2000,
            'register.minimum_digits': 2,
        }.items():
            self.assertEqual(self.values._get(key), expected, key)
        self.assertTrue(all(self.values.search([('company_id', '=', False)]).mapped('legal_basis')))

    def test_an_unknown_rule_is_an_error(self):
        with self.assertRaisesRegex(UserError, 'incoming.no_such_rule'):
            self.values._get('incoming.no_such_rule')

    def test_a_rule_not_yet_in_force_is_an_error(self):
        self.values.create({'key': 'test.later', 'value': '1', 'valid_from': '2030-01-01'})
        with self.assertRaisesRegex(UserError, 'test.later'):
            self.values._get('test.later', '2029-12-31')
        self.assertEqual(self.values._get('test.later', '2030-01-01'), 1)

    def test_types(self):
        for value_type, text, expected in (
            ('integer', '42', 42), ('float', '1.5', 1.5), ('boolean', 'true', True), ('boolean', '0', False),
            ('char', 'Hỏa tốc', 'Hỏa tốc'), ('json', '{"a": [1, 2]}', {'a': [1, 2]}),
        ):
            key = f'test.{value_type}.{text}'
            self.values.create({'key': key, 'value': text, 'value_type': value_type})
            got = self.values._get(key)
            self.assertEqual(got, expected)
            self.assertIs(type(got), type(expected))
        for value_type, text in (('integer', '1.5'), ('boolean', 'maybe'), ('json', '{'), ('float', 'x')):
            with self.subTest(value_type=value_type), self.assertRaises(ValidationError):
                self.values.create({'key': 'test.bad', 'value': text, 'value_type': value_type})

    def test_a_json_value_cannot_be_spoilt_by_its_reader(self):
        self.values.create({'key': 'test.list', 'value': '[1]', 'value_type': 'json'})
        self.values._get('test.list').append(2)
        self.assertEqual(self.values._get('test.list'), [1])

    def test_the_agency_goes_before_the_general_value(self):
        self.values.create({'key': 'incoming.handle_working_days', 'value': '7', 'company_id': self.agency.id})
        get = self.values._get
        self.assertEqual(get('incoming.handle_working_days', company=self.agency), 7)
        self.assertEqual(get('incoming.handle_working_days', company=self.other_agency), 15)
        self.assertEqual(self.values.with_company(self.agency)._get('incoming.handle_working_days'), 7)

    def test_the_profile_of_the_day_decides(self):
        for profile, value in (('vn_2019', '4'), ('vn_2025', '7')):
            self.values.create({
                'key': 'test.ordinal_digits', 'value': value,
                'profile_id': self.env.ref(f'civic_base.rule_profile_{profile}').id})
        for day, digits in (('2025-06-30', 4), ('2025-07-01', 7)):
            self.assertEqual(self.values._get('test.ordinal_digits', day), digits, day)

    def test_the_profile_goes_before_no_profile_and_the_agency_before_both(self):
        profile = self.env.ref('civic_base.rule_profile_vn_2025')
        self.values.create([
            {'key': 'test.order', 'value': '1'},
            {'key': 'test.order', 'value': '2', 'profile_id': profile.id},
        ])
        self.assertEqual(self.values._get('test.order', '2025-06-30', self.agency), 1)
        self.assertEqual(self.values._get('test.order', '2025-07-01', self.agency), 2)
        self.values.create({'key': 'test.order', 'value': '3', 'company_id': self.agency.id})
        self.assertEqual(self.values._get('test.order', '2025-07-01', self.agency), 3)

    def test_dated_values_change_on_their_day(self):
        self.values.create([
            {'key': 'test.dated', 'value': '10', 'valid_to': '2025-12-31'},
            {'key': 'test.dated', 'value': '20', 'valid_from': '2026-01-01'},
        ])
        self.assertEqual(self.values._get('test.dated', '2025-12-31'), 10)
        self.assertEqual(self.values._get('test.dated', '2026-01-01'), 20)

    def test_a_change_takes_effect_at_once(self):
        value = self.values.search([('key', '=', 'incoming.urgent_hours')])
        self.assertEqual(self.values._get('incoming.urgent_hours'), 2)
        value.value = '1'
        self.assertEqual(self.values._get('incoming.urgent_hours'), 1)
        value.unlink()
        with self.assertRaises(UserError):
            self.values._get('incoming.urgent_hours')

    def test_reading_again_asks_the_database_nothing(self):
        self.values._get('subject.max_length', '2025-07-01', self.agency)
        with self.assertQueryCount(0):
            self.assertEqual(self.values._get('subject.max_length', '2025-07-01', self.agency), 500)

    @mute_logger('odoo.sql_db')
    def test_the_same_value_stands_once(self):
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.values.create({'key': 'incoming.urgent_hours', 'value': '3'})
