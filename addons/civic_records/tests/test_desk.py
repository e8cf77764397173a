from odoo.tests import TransactionCase, new_test_user, tagged


@tagged('post_install', '-at_install')
class TestDesk(TransactionCase):

    def _open(self, groups):
        user = new_test_user(self.env, f"desk_{groups.replace('.', '_')}", groups=groups)
        action = self.env.ref('civic_records.civic_document_action_desk').with_user(user)
        return action.run()

    def test_each_role_begins_with_the_list_that_waits_for_it(self):
        for group, action in (
            ('civic_base.group_clerk', 'civic_incoming.civic_document_action_to_register'),
            ('civic_base.group_leader', 'civic_incoming.civic_document_action_to_assign'),
            ('civic_base.group_unit_head', 'civic_incoming.civic_document_action_my_unit'),
            ('civic_base.group_specialist', 'civic_incoming.civic_document_action_mine'),
            ('civic_base.group_manager', 'civic_incoming.civic_document_action_overdue'),
            ('civic_base.group_archivist', 'civic_document.civic_document_action'),
            ('civic_base.group_records_admin', 'civic_document.civic_document_action'),
        ):
            with self.subTest(group):
                self.assertEqual(self._open(group)['id'], self.env.ref(action).id)

    def test_the_application_opens_the_desk(self):
        self.assertEqual(
            self.env.ref('civic_base.civic_menu_root').action, self.env.ref('civic_records.civic_document_action_desk'))

    def test_people_without_a_role_do_not_get_in(self):
        with self.assertRaises(Exception) as caught:
            self._open('base.group_user')
        self.assertEqual(type(caught.exception).__name__, 'AccessError')
