from odoo.exceptions import AccessError, UserError

from .common import ROLES, CivicCommon

# The letters that the annex gives, as printed: no f, j, w, z; đ is a letter of its own.
LETTERS = {
    'III.1': 'a b c d đ e g h i k l m n o', 'III.2': 'a b c', 'III.3': 'a b c', 'III.4': 'a b c d đ e g',
    'III.5': 'a b c d đ e g', 'III.6': 'a b c d đ e g h i k l', 'III.7': 'a b c d đ', 'III.8': 'a b c',
    'IV.1': 'a b c d đ e g', 'I': '1 2 3 4 5', 'II': '1 2 3 4 5 6 7 8', 'IV': '2 3', 'V': '1 2 3 4 5 6',
}


class TestRequirement(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requirements = cls.env['civic.requirement'].search([])
        cls.requirement = cls.env['civic.requirement'].create({
            'code': 'III.9.x', 'section': 'III.8', 'name': "Thử", 'planned_room': 'civic_exchange'})

    def _answer(self, state, module='civic_base', **values):
        return self.env['civic.requirement.answer'].create({
            'requirement_id': self.requirement.id, 'module': module, 'state': state, 'where': f"{module} {state}",
            'tests': 'civic_base/tests/test_requirement.py::TestRequirement.test_every_item_of_the_annex_is_there',
            **values})

    def test_every_item_of_the_annex_is_there(self):
        expected = {f'{head}.{letter}' for head, letters in LETTERS.items() for letter in letters.split()}
        self.assertEqual(set(self.requirements.mapped('code')), expected)
        for requirement in self.requirements:
            self.assertTrue(requirement.code.startswith(f'{requirement.section}.'), requirement.code)

    def test_items_stand_in_the_order_of_the_annex(self):
        sections = self.requirements.mapped('section')
        self.assertEqual(sections, sorted(sections))
        codes = [code for code in self.requirements.mapped('code') if code.startswith('III.1.')]
        self.assertEqual(codes, [f'III.1.{letter}' for letter in LETTERS['III.1'].split()])

    def test_the_state_is_that_of_the_answers(self):
        self.assertEqual(self.requirement.state, 'planned')
        self.assertIn('civic_exchange', self.requirement.where)
        planned = self._answer('planned', module='civic_workflow', tests=False)
        self.assertEqual(self.requirement.state, 'planned')
        partly = self._answer('partly')
        self.assertEqual(self.requirement.state, 'partly')
        met = self._answer('met', module='civic_journal')
        self.assertEqual(self.requirement.state, 'met')
        self.assertNotIn('civic_exchange', self.requirement.where)
        (met | partly | planned).unlink()               # as when the add-ons are uninstalled
        self.assertEqual(self.requirement.state, 'planned')

    def test_nobody_writes_them(self):
        answer = self._answer('planned', tests=False)
        for role in ROLES:
            for target in (self.requirement, answer):
                theirs = target.with_user(self.users[role])
                self.assertTrue(theirs.has_access('read'), role)
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(theirs.has_access(operation), (role, operation))
                with self.assertRaises(AccessError):
                    theirs.write({'state': 'met'})

    def test_open_leads_to_the_screen_of_those_who_may(self):
        self._answer('met', action_id=self.env.ref('civic_base.res_company_action').id)
        admin = self.requirement.with_user(self.users['records_admin'])
        self.assertTrue(admin.can_open)
        self.assertEqual(admin.action_open()['res_model'], 'res.company')

    def test_a_screen_that_the_role_does_not_open_is_not_offered(self):
        self._answer('met', action_id=self.env.ref('base.ir_cron_act').id)
        clerk = self.requirement.with_user(self.users['clerk'])
        self.assertFalse(clerk.can_open)
        with self.assertRaises(UserError):
            clerk.action_open()

    def test_the_list_asks_as_often_for_all_as_for_few(self):
        def read(requirements):
            requirements.invalidate_model()
            self.env['civic.requirement.answer'].invalidate_model()
            requirements.with_user(self.users['clerk']).web_read({
                'code': {}, 'name': {}, 'state': {}, 'where': {}, 'can_open': {}})

        answered = self.requirements.filtered(lambda requirement: requirement.answer_ids.action_id)
        few = answered[:1] or self.requirements[:1]
        read(self.requirements)
        before = self.env.cr.sql_log_count
        read(few)
        one = self.env.cr.sql_log_count - before
        before = self.env.cr.sql_log_count
        read(self.requirements)
        # a kind of screen more costs two queries, an item more none
        self.assertLessEqual(self.env.cr.sql_log_count - before, one + 8)
