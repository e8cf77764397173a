from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestReply(CivicOutgoingCommon):
    """From an incoming document one click drafts the reply; issuing it finishes the assignment."""

    def _create_assigned(self):
        document = self._create_registered(leader_id=self.leader.id)
        document.with_user(self.leader)._assign([{
            'unit': self.unit_culture, 'kind': 'lead', 'user': self.env['res.users'],
            'deadline': self.env['civic.document']._today()}], "Trả lời")
        return document

    def test_the_draft_knows_what_it_answers(self):
        incoming = self._create_registered(leader_id=self.leader.id)
        action = incoming.with_user(self.specialist).action_draft_reply()
        reply = self.env['civic.document'].with_user(self.specialist).browse(action['res_id'])
        self.assertRecordValues(reply, [{
            'direction': 'outgoing', 'state': 'draft', 'drafter_id': self.specialist.id, 'reply_to_id': incoming.id,
            'type_id': self.type_letter.id, 'signer_id': self.leader.id, 'code_notation': 'UBND-VX'}])
        addressee = reply.recipient_ids.filtered(lambda line: line.kind == 'addressee')
        self.assertEqual(addressee.partner_id, self.ministry)
        self.assertIn("123/QĐ-BNV ngày 03 tháng 3 năm 2025 của Bộ Nội vụ", reply.body)
        self.assertEqual(incoming.with_user(self.specialist)._draft_reply(), reply, "a second click opens the same draft")

    def test_only_registered_documents_that_one_may_read_are_answered(self):
        draft = self._create_document()
        with self.assertRaisesRegex(UserError, "registered incoming"):
            draft.with_user(self.specialist)._draft_reply()
        hidden = self._create_registered(access_level='restricted', user_ids=[(6, 0, self.other_specialist.ids)])
        with self.assertRaises(AccessError):
            hidden.with_user(self.specialist)._draft_reply()

    def test_issuing_the_reply_finishes_the_assignment(self):
        incoming = self._create_assigned()
        reply = incoming.with_user(self.specialist)._draft_reply()
        self._make_version(reply)
        reply._submit()
        self._act(reply, self.unit_head)
        self._act(reply, self.clerk)
        reply.with_user(self.leader)._sign()
        reply.invalidate_recordset()
        reply.with_user(self.clerk)._register_documents()
        self.assertEqual(incoming.state, 'assigned')
        reply.with_user(self.clerk)._issue()
        incoming.invalidate_recordset()
        self.assertEqual(incoming.state, 'done')
        self.assertRecordValues(incoming.assignment_ids, [{
            'state': 'done', 'reply_document_id': reply.id, 'reply_reference': reply.reference,
            'done_by_id': self.unit_head.id}])
