from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import ROLES, CivicCommon


class TestAccessRights(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_agency = cls.create_agency("Sở Y tế Phú Xuân")
        cls.codes = {
            'partner': cls._create_code(cls.partner_agency, 'H77.1'),
            'own': cls._create_code(cls.agency.partner_id, 'H77'),
            'other': cls._create_code(cls.other_agency.partner_id, 'H77.2'),
        }
        cls.values = {
            where: cls.env['civic.rule.value'].create({'key': 'test.rights', 'value': '1', 'company_id': company})
            for where, company in (('general', False), ('own', cls.agency.id), ('other', cls.other_agency.id))
        }
        cls.days = {
            where: cls.env['civic.calendar.day'].create({'date': '2029-12-24', 'name': "Thử", 'company_id': company})
            for where, company in (('general', False), ('own', cls.agency.id), ('other', cls.other_agency.id))
        }

    @classmethod
    def _create_code(cls, partner, code):
        return cls.env['civic.organ.code'].create({'partner_id': partner.id, 'code': code})

    def assertMay(self, role, target, operation, allowed):
        user = self.users.get(role, role)
        self.assertEqual(
            target.with_user(user).with_context(allowed_company_ids=user.company_ids.ids).has_access(operation),
            allowed, f"{role} {operation} {target._name}")

    def test_codes(self):
        writers = {'partner': {'clerk', 'records_admin'}, 'own': {'records_admin'}, 'other': set()}
        for role in ROLES:
            for where, code in self.codes.items():
                self.assertMay(role, code, 'read', True)
                self.assertMay(role, code, 'write', role in writers[where])
                self.assertMay(role, code, 'create', role in writers[where])
                self.assertMay(role, code, 'unlink', role in writers[where] - {'clerk'})

    def test_values_and_days_of_agencies(self):
        for role in ROLES:
            for targets in (self.values, self.days):
                for where, target in targets.items():
                    self.assertMay(role, target, 'read', where != 'other')
                    for operation in ('write', 'create', 'unlink'):
                        self.assertMay(role, target, operation, role == 'records_admin' and where == 'own')

    def test_profiles_are_the_law(self):
        profile = self.env.ref('civic_base.rule_profile_vn_2025')
        for role in ROLES:
            self.assertMay(role, profile, 'read', True)
            for operation in ('write', 'create', 'unlink'):
                self.assertMay(role, profile, operation, False)

    def test_the_system_administrator_changes_what_holds_for_all(self):
        system = new_test_user(
            self.env, login='system_px', groups='base.group_system',
            company_id=self.agency.id, company_ids=[Command.set(self.agency.ids)])
        for target in (
            self.env.ref('civic_base.rule_profile_vn_2025'), self.values['general'], self.days['general'], *self.codes.values(),
        ):
            for operation in ('read', 'write', 'create', 'unlink'):
                self.assertMay(system, target, operation, True)

    def test_units_are_set_up_by_the_records_administrator(self):
        for role in ROLES:
            self.assertMay(role, self.office, 'read', True)
            self.assertMay(role, self.office, 'write', role == 'records_admin')
            self.assertMay(role, self.office, 'create', role == 'records_admin')
            self.assertMay(role, self.office, 'unlink', False)
        unit = self.env['hr.department'].with_user(self.users['records_admin']).create({
            'name': "Phòng Tổng hợp", 'parent_id': self.office.id, 'company_id': self.agency.id})
        unit.manager_id = self.employ('unit_head', self.office).id
        self.assertIn(unit.id, self.users['unit_head'].civic_unit_ids.ids)

    def test_the_clerk_enters_an_unknown_sender(self):
        partner = self.env['res.partner'].with_user(self.users['clerk']).create({
            'name': "Chi cục Thuế Phú Xuân", 'is_agency': True, 'is_company': True,
            'organ_code_ids': [Command.create({'code': 'G12.88', 'generation': 'qd20_2020'})],
        })
        self.assertEqual(self.env['civic.organ.code']._find_partner('G12.88'), partner)
        with self.assertRaises(AccessError):
            self.env['res.partner'].with_user(self.users['specialist']).create({'name': "Ai đó", 'is_agency': True})

    def test_a_code_cannot_be_moved_to_an_agency_that_works_here(self):
        with self.assertRaises(AccessError):
            self.codes['partner'].with_user(self.users['clerk']).partner_id = self.agency.partner_id

    def test_an_own_value_or_day_cannot_be_made_general(self):
        for target in (self.values['own'], self.days['own']):
            own = target.with_user(self.users['records_admin'])
            own.write({'company_id': self.agency.id})
            for company in (False, self.other_agency.id):
                with self.subTest(target=target._name, company=company), self.assertRaises(AccessError):
                    # another key and day, so that nothing but the right stands in the way
                    own.write({'company_id': company, **(
                        {'key': 'test.moved'} if target._name == 'civic.rule.value' else {'date': '2029-12-25'})})

    def test_everyone_reads_what_the_work_needs(self):
        for role in ROLES:
            env = self.env(user=self.users[role])
            company = env['res.company'].browse(self.agency.id)
            self.assertTrue(company._is_working_day('2025-07-01'))
            self.assertEqual(company.organ_code, 'H77')
            self.assertEqual(env['civic.rule.value']._get('subject.max_length', company=company), 500)
            self.assertEqual(env['civic.rule.profile']._for_date('2025-07-01').code, 'VN-2025')
            self.assertEqual(env['civic.organ.code']._find_partner('H77.1'), self.partner_agency)
            self.assertEqual(env.user.civic_unit_ids.ids, [])

    def test_outsiders_see_nothing(self):
        portal = new_test_user(self.env, login='citizen_px', groups='base.group_portal')
        for target in (*self.codes.values(), *self.values.values(), *self.days.values()):
            self.assertMay(portal, target, 'read', False)
