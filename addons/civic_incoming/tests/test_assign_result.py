from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestResult(CivicIncomingCommon):

    def _get_line(self, document, kind):
        return document.sudo().assignment_ids.filtered(lambda line: line.kind == kind)

    def test_others_end_with_the_lead(self):
        document = self._create_assigned(
            self.lead_task, self.coordinate_task, {**self.inform_task, 'unit': self.unit_culture.copy({'name': "Phòng Kinh tế"})})
        document.with_user(self.specialist)._get_own_assignment()._finish("Đã trả lời")
        self.assertEqual(set(document.sudo().assignment_ids.mapped('state')), {'done'})
        self.assertTrue(self._get_line(document, 'coordinate').closed_with_lead)
        self.assertTrue(self._get_line(document, 'inform').closed_with_lead)
        self.assertFalse(self._get_line(document, 'lead').closed_with_lead)
        self.assertFalse(self._get_activities(document))
        self.assertIn('closing', self._get_events(document))

    def test_an_agency_may_let_the_others_finish_their_part(self):
        self.agency.incoming_close_with_lead = False
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        document.with_user(self.specialist)._get_own_assignment()._finish("Đã trả lời")
        self.assertEqual(document.state, 'done')
        self.assertEqual(self._get_line(document, 'coordinate').state, 'pending')
        document.with_user(self.other_specialist)._get_own_assignment()._finish("Đã góp ý")
        self.assertEqual(self._get_line(document, 'coordinate').state, 'done')

    def test_reply_stands_with_the_result(self):
        document = self._create_assigned()
        reply = self._create_registered(code_number='45', code_notation='UBND-VX')
        action = document.with_user(self.specialist).action_finish()
        with Form(self.env['civic.finish.wizard'].with_user(self.specialist).with_context(**action['context'])) as form:
            form.reply_document_id = reply
        form.record.action_finish()
        self.assertRecordValues(self._get_line(document, 'lead'), [{
            'state': 'done', 'reply_document_id': reply.id, 'reply_reference': '45/UBND-VX'}])

    def test_reply_by_its_number_alone(self):
        document = self._create_assigned()
        document.with_user(self.specialist)._get_own_assignment()._finish("", reply_reference="45/UBND-VX")
        self.assertEqual(self._get_line(document, 'lead').reply_reference, "45/UBND-VX")
        self.assertEqual(document.state, 'done')

    def test_reply_must_be_readable_and_another_document(self):
        document = self._create_assigned()
        hidden = self._create_registered(access_level='restricted', user_ids=self.leader.ids, code_number='46')
        assignment = document.with_user(self.specialist)._get_own_assignment()
        with self.assertRaises(AccessError):
            assignment._finish("Xong", reply_document=hidden.with_user(self.specialist))
        with self.assertRaisesRegex(UserError, "own reply"):
            assignment._finish("Xong", reply_document=document.with_user(self.specialist))
        with self.assertRaisesRegex(UserError, "state secrets"):
            assignment._finish("Xong", reply_reference="Độ mật: TỐI MẬT")
        self.assertEqual(assignment.sudo().state, 'pending')

    def test_leader_approves_the_result(self):
        document = self._create_assigned({**self.lead_task, 'needs_approval': True})
        document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo trả lời")
        line = self._get_line(document, 'lead')
        self.assertEqual((document.state, line.state), ('handling', 'review'))
        self.assertTrue(document.waits_for_decision)
        self.assertFalse(document.with_user(self.specialist).own_assignment_id)
        self.assertRegex(document.holder_summary, "the leader decides")
        pile = self.env['civic.document'].with_user(self.leader).search([
            ('waits_for_decision', '=', True), ('id', '=', document.id)])
        self.assertEqual(pile, document)
        self.assertTrue(pile.can_decide)
        self.assertIn("Result of Phòng Văn xã", pile.decision_summary)
        pile.action_approve()
        self.assertEqual((document.state, line.state), ('done', 'done'))
        self.assertEqual(line.approved_by_id, self.leader)
        self.assertFalse(document.waits_for_decision)
        self.assertIn('approval', self._get_events(document))

    def test_leader_gives_the_result_back(self):
        document = self._create_assigned({**self.lead_task, 'needs_approval': True})
        document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo")
        action = document.with_user(self.leader).action_refuse()
        self.env['civic.reason.wizard'].with_user(self.leader).with_context(**action['context']).create(
            {'reason': "Chưa nêu căn cứ"}).action_confirm()
        line = self._get_line(document, 'lead')
        self.assertEqual((line.state, line.review_note), ('handling', "Chưa nêu căn cứ"))
        self.assertFalse(document.waits_for_decision)
        self.assertIn("Chưa nêu căn cứ", str(self._get_activities(document, self.unit_head).note))
        document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo lần 2")
        document.with_user(self.leader).action_approve()
        self.assertEqual(document.state, 'done')

    def test_nothing_to_approve_is_said(self):
        document = self._create_assigned().with_user(self.leader)
        for act in (document.action_approve, document.action_refuse):
            with self.assertRaisesRegex(UserError, "Nothing waits"):
                act()
        with self.assertRaisesRegex(UserError, "No result"):
            document.sudo().assignment_ids.with_user(self.leader).sudo(False)._approve_result()

    def test_result_in_review_keeps_the_lead(self):
        document = self._create_assigned({**self.lead_task, 'needs_approval': True})
        document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo")
        with self.assertRaisesRegex(UserError, "only one lead"):
            document.with_user(self.leader)._assign([{**self.lead_task, 'unit': self.unit_finance}])
        with self.assertRaisesRegex(UserError, "no longer has"):
            self._get_line(document, 'lead').with_user(self.leader).sudo(False)._take_back()

    def test_many_are_read_for_information_at_once(self):
        documents = self._create_assigned(self.lead_task, self.inform_task)
        documents |= self._create_assigned(self.lead_task, self.inform_task, code_number='124')
        documents.with_user(self.other_specialist).action_mark_read()
        lines = documents.sudo().assignment_ids.filtered(lambda line: line.kind == 'inform')
        self.assertEqual(set(lines.mapped('state')), {'done'})
        self.assertEqual(lines.done_by_id, self.other_specialist)

    def test_cancelled_document_ends_what_waited(self):
        document = self._create_registered()
        document.with_user(self.leader).note_for_information(self.unit_finance.ids)
        self.assertEqual(document.state, 'done')


@tagged('post_install', '-at_install')
class TestResultRpc(CivicIncomingCommon, HttpCase):

    def test_wrong_person_cannot_approve_over_rpc(self):
        document = self._create_assigned({**self.lead_task, 'needs_approval': True})
        document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo")
        line = document.sudo().assignment_ids
        for user in (self.specialist, self.unit_head, self.clerk, self.manager, self.foreign_leader):
            self.authenticate(user.login, user.login)
            for model, method, ids in (
                ('civic.assignment', 'action_approve_result', line.ids),
                ('civic.assignment', 'action_refuse_result', line.ids),
                ('civic.document', 'action_approve', document.ids),
                ('civic.document', 'action_refuse', document.ids),
                ('civic.assignment', '_approve_result', line.ids),
            ):
                with (
                    self.subTest(user=user.login, method=method), mute_logger('odoo.http'),
                    self.assertRaisesRegex(JsonRpcException, "AccessError"),
                ):
                    self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
                        'model': model, 'method': method, 'args': [ids], 'kwargs': {}})
        self.assertEqual(line.state, 'review')
