from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicIncomingCommon

SECRET = "TUYỆT MẬT\nKế hoạch"


@tagged('post_install', '-at_install')
class TestSecurityForms(CivicIncomingCommon):
    """A form must not have kept a state secret by the time the act refuses it."""

    def test_no_form_keeps_a_state_secret(self):
        document = self._create_assigned()
        assignment = document.assignment_ids
        for user, model, values in (
            (self.leader, 'civic.assign.wizard', {'document_ids': [(6, 0, document.ids)], 'instruction': SECRET}),
            (self.specialist, 'civic.finish.wizard', {'assignment_id': assignment.id, 'result': SECRET}),
            (self.unit_head, 'civic.delegate.wizard', {
                'assignment_id': assignment.id, 'user_id': self.specialist.id, 'unit_instruction': SECRET}),
        ):
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "Protection of State Secrets"):
                self.env[model].with_user(user).create(values)

    def test_the_rank_of_the_urgency_is_not_overwritten(self):
        document = self._create_registered()
        with self.assertRaises(AccessError):
            document.with_user(self.clerk).write({'urgency_rank': 9})
