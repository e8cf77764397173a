from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestOutgoingFlow(CivicOutgoingCommon):
    """From the draft to the receiver (Decree 30/2020, Articles 10 to 18)."""

    def test_the_whole_way_of_a_document(self):
        document = self._create_draft()
        self.assertRecordValues(document, [{
            'drafter_id': self.specialist.id, 'unit_id': self.unit_culture.id, 'code_notation': 'KH-UBND',
            'signing_authority_id': self.authority.id, 'access_level': 'unit', 'state': 'draft'}])
        self._make_version(document)
        document.action_submit()
        self.assertEqual((document.state, self._get_open(document).kind), ('review', 'content_check'))
        self.assertEqual(self._get_open(document).user_ids, self.unit_head)
        self._act(document, self.unit_head)
        self.assertEqual(document.content_checked_by_id, self.unit_head)
        self.assertEqual(self._get_open(document).kind, 'format_check')
        self._act(document, self.clerk)
        self.assertEqual(document.format_checked_by_id, self.clerk)
        self.assertEqual((document.state, self._get_open(document).user_ids), ('review', self.leader))
        document.with_user(self.leader).action_sign()
        document.invalidate_recordset()
        self.assertRecordValues(document, [{
            'state': 'signed', 'signed_by_id': self.leader.id, 'approved_by_id': self.leader.id,
            'signed_capacity': 'tm', 'signer_name': "Trần Thị Cúc", 'signer_position': "CHỦ TỊCH"}])
        document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        self.assertEqual((document.state, document.reference), ('registered', '01/KH-UBND'))
        document.with_user(self.clerk).action_issue()
        document.invalidate_recordset()
        self.assertEqual(document.state, 'issued')
        self.assertEqual(document.dispatch_ids.mapped(lambda line: (line.channel, line.state)), [
            ('post', 'sent'), ('unit', 'received')])

    def test_beside_incoming_documents_stand_only_their_states(self):
        def get_states(direction):
            found = self.env['civic.document'].with_user(self.clerk).search_panel_select_range(
                'state', search_domain=[['direction', '=', direction]], expand=True)
            return {value['id'] for value in found['values']}

        self.assertFalse({'review', 'to_sign', 'signed', 'issued', 'recalled'} & get_states('incoming'))
        self.assertLessEqual({'draft', 'registered', 'handling', 'done', 'cancelled'}, get_states('incoming'))
        self.assertIn('to_sign', get_states('outgoing'))
