from odoo.tests import Form

from .common import ROLES, CivicCommon


class TestRoles(CivicCommon):

    def test_each_role_is_a_privilege_of_its_own(self):
        """One group per privilege makes one choice per role on the user form, so that roles add up."""
        category = self.env.ref('civic_base.module_category_civic')
        for role in ROLES:
            group = self.env.ref(f'civic_base.group_{role}')
            self.assertEqual(group.privilege_id.group_ids, group, role)
            self.assertEqual(group.privilege_id.category_id, category, role)

    def test_each_role_has_what_its_name_says(self):
        for role in ROLES:
            user = self.users[role]
            self.assertTrue(user.has_group(f'civic_base.group_{role}'), role)
            self.assertTrue(user.has_group('civic_base.group_specialist'), role)
            self.assertTrue(user.has_group('base.group_user'), role)
            others = [other for other in ROLES if other not in (role, 'specialist')]
            for other in others:
                self.assertFalse(user.has_group(f'civic_base.group_{other}'), (role, other))
            self.assertFalse(user.has_group('base.group_erp_manager'), role)
            self.assertFalse(user.has_group('hr.group_hr_user'), role)

    def test_the_administrator_can_set_everything_up(self):
        self.assertTrue(self.env.ref('base.user_admin').has_group('civic_base.group_records_admin'))

    def test_roles_add_up(self):
        user = self.users['clerk']
        user.group_ids += self.env.ref('civic_base.group_archivist')
        self.assertTrue(user.has_group('civic_base.group_clerk') and user.has_group('civic_base.group_archivist'))

    def test_the_user_form_shows_the_units(self):
        self.employ('clerk', self.team_docs)
        with Form(self.users['clerk'].with_company(self.agency), view='base.view_users_form') as form:
            self.assertEqual(form.civic_unit_id, self.team_docs)

    def test_menus_by_role(self):
        root = self.env.ref('civic_base.civic_menu_root')
        configuration = self.env.ref('civic_base.civic_menu_configuration')
        for role in ROLES:
            visible = self.env['ir.ui.menu'].with_user(self.users[role])._visible_menu_ids()
            self.assertIn(root.id, visible, role)
            self.assertEqual(configuration.id in visible, role == 'records_admin', role)
