from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestReceive(CivicIncomingCommon):

    def test_registering_submits_to_the_leader_of_the_agency(self):
        document = self._create_registered()
        self.assertEqual(document.state, 'registered')
        self.assertEqual(document.leader_id, self.leader)
        self.assertTrue(document.held_since)

    def test_outgoing_documents_are_submitted_to_nobody(self):
        document = self._create_document(direction='outgoing', arrival_date=False)
        self.assertFalse(document.leader_id)
        self.assertFalse(document.submit_deadline)
        self.assertFalse(document.holder_summary)

    def test_wrong_address_goes_back_without_a_number(self):
        """Decree 30/2020, Art. 21.2: returned in the system, and no arrival number is used."""
        before = self._create_registered()
        document = self._create_document(code_number='124')
        action = document.action_return_to_sender()
        wizard = self.env['civic.reason.wizard'].with_user(self.clerk).with_context(**action['context']).create(
            {'reason': "Gửi nhầm địa chỉ"})
        wizard.action_confirm()
        self.assertRecordValues(document, [{
            'state': 'returned', 'return_reason': "Gửi nhầm địa chỉ", 'returned_by_id': self.clerk.id,
            'register_number': 0, 'register_label': False,
        }])
        self.assertIn('return', self._get_events(document))
        after = self._create_registered(code_number='125')
        self.assertEqual(after.register_number, before.register_number + 1)

    def test_registered_document_cannot_go_back_to_the_sender(self):
        document = self._create_registered()
        with self.assertRaisesRegex(UserError, "keeps its number"):
            document._apply_reason('_return_to_sender', "Gửi nhầm")
        self.assertEqual(document.state, 'registered')

    def test_returned_document_cannot_be_registered(self):
        document = self._create_document()
        document._apply_reason('_return_to_sender', "Gửi nhầm")
        with self.assertRaises(UserError):
            document.action_register()
        self.assertEqual(document.state, 'returned')

    def test_only_clerks_return_to_the_sender(self):
        document = self._create_document()
        for role in ('specialist', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                document.with_user(self.users[role])._apply_reason('_return_to_sender', "Gửi nhầm")

    def test_second_clerk_who_registers_the_same_draft_is_told_who_was_first(self):
        document = self._create_document(urgency='urgent')
        document.with_user(self.second_clerk).action_register()
        with self.assertRaisesRegex(UserError, f"already registered under number .*{self.second_clerk.name}"):
            document.with_user(self.clerk).action_register()
        # the first one's number stands, and there is one reminder only
        self.assertEqual(document.registered_by_id, self.second_clerk)
        self.assertEqual(len(self._get_activities(document)), 1)

    def test_clerk_is_warned_of_a_duplicate_while_typing(self):
        """Annex VI, III.1.h: number, notation and issuer all equal; two of three are not enough."""
        self._create_registered()
        form = Form(self.env['civic.document'].with_user(self.clerk).with_context(default_direction='incoming'))
        form.reference = "123/QĐ-BNV"
        self.assertFalse(form.duplicate_ids)
        with self.assertLogs('odoo.tests.form.onchange', level='WARNING') as logs:
            form.issuer_id = self.ministry
        self.assertIn("arrival number", logs.output[0])

    def test_states_cannot_be_written_over_rpc(self):
        document = self._create_assigned()
        for values in (
            {'state': 'done'}, {'handler_id': self.clerk.id}, {'held_since': False}, {'done_at': '2025-01-01'},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                document.with_user(self.clerk).write(values)

    def test_cancelling_takes_it_off_the_list_of_the_leader(self):
        document = self._create_registered(urgency='urgent')
        document._apply_reason('_cancel', "Đăng ký trùng")
        self.assertEqual(document.state, 'cancelled')
        self.assertFalse(self._get_activities(document))
