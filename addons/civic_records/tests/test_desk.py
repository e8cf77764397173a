from odoo.tests import TransactionCase, new_test_user, tagged


@tagged('post_install', '-at_install')
class TestDesk(TransactionCase):

    def _open(self, groups):
        user = new_test_user(self.env, f"desk_{groups.replace('.', '_')}", groups=groups)
        action = self.env.ref('civic_records.civic_document_action_desk').with_user(user)
        return action.run()

    def test_each_role_begins_with_the_home_screen(self):
        for role in ('clerk', 'leader', 'unit_head', 'specialist', 'manager', 'archivist', 'records_admin'):
            with self.subTest(role):
                self.assertEqual(
                    self._open(f'civic_base.group_{role}')['id'], self.env.ref('civic_document.civic_home_action').id)

    def test_each_role_has_a_section_of_its_own(self):
        for role, first in (
            ('clerk', 'clerk'), ('leader', 'leader'), ('unit_head', 'unit_head'), ('specialist', 'specialist'),
            ('manager', 'manager'), ('records_admin', 'manager'), ('archivist', 'specialist'),
        ):
            with self.subTest(role):
                user = new_test_user(self.env, f'home_{role}', groups=f'civic_base.group_{role}')
                self.assertEqual(self.env['civic.home'].with_user(user).get_home()['role'], first)

    def test_the_lists_stay_in_the_menus(self):
        for xmlid in (
            'civic_incoming.civic_incoming_menu_to_register', 'civic_incoming.civic_incoming_menu_to_assign',
            'civic_incoming.civic_incoming_menu_mine', 'civic_incoming.civic_incoming_menu_my_unit',
            'civic_incoming.civic_incoming_menu_overdue',
        ):
            self.assertTrue(self.env.ref(xmlid).action, xmlid)

    def test_the_application_opens_the_desk(self):
        self.assertEqual(
            self.env.ref('civic_base.civic_menu_root').action, self.env.ref('civic_records.civic_document_action_desk'))

    def test_people_without_a_role_do_not_get_in(self):
        with self.assertRaises(Exception) as caught:
            self._open('base.group_user')
        self.assertEqual(type(caught.exception).__name__, 'AccessError')
