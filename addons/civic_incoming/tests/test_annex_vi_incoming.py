"""Decree 30/2020/NĐ-CP, Annex VI, Part I: one test per item that the handling of incoming documents carries."""
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestAnnexVIIncoming(CivicIncomingCommon):

    def test_iii_1_i_the_next_person_is_told_of_a_new_document(self):
        urgent = self._create_registered(urgency='express', code_number='1')
        self.assertEqual(self._get_activities(urgent).user_id, self.leader)
        assigned = self._create_assigned(code_number='2')
        self.assertEqual(self._get_activities(assigned).user_id, self.unit_head)
        self.assertTrue(assigned.with_user(self.unit_head).is_unread)
        self.assertIn(assigned, assigned.with_user(self.specialist).search([('is_unread', '=', True)]))

    def test_iii_1_l_handling_is_counted_and_what_is_late_is_found(self):
        open_ = self._create_assigned(code_number='1')
        done = self._create_assigned(code_number='2')
        done.with_user(self.specialist)._get_own_assignment()._finish("Đã trả lời")
        late = self._create_assigned(code_number='3')
        late._write_by_system({'deadline': late._today() - timedelta(days=1)})
        documents = self.env['civic.document'].with_user(self.manager)
        domain = [('id', 'in', (open_ + done + late).ids)]
        counts = dict(documents._read_group(domain, ['state'], ['__count']))
        self.assertEqual(counts, {'assigned': 2, 'done': 1})
        by_unit = dict(documents._read_group([*domain, ('state', '!=', 'done')], ['unit_id'], ['__count']))
        self.assertEqual(by_unit, {self.unit_culture: 2})
        self.assertEqual(documents.search([*domain, ('is_overdue', '=', True)]), late)

    def test_iii_1_m_the_leader_distributes_and_follows_up(self):
        document = self._create_registered()
        with self.assertRaises(AccessError):
            document.with_user(self.specialist)._assign([self.lead_task], "Tự giao")
        document.with_user(self.leader)._assign([self.lead_task, self.coordinate_task], "Xử lý đúng hạn")
        document.invalidate_recordset()
        self.assertEqual(document.unit_id, self.unit_culture)
        self.assertEqual(document.deadline, date(2100, 1, 4))
        summary = document.with_user(self.leader).holder_summary
        self.assertIn(self.unit_culture.name, summary)
        self.assertFalse(document.with_user(self.leader).assignment_ids.filtered('read_at'))
        document.with_user(self.specialist).action_mark_read()
        lead = document.with_user(self.leader).assignment_ids.filtered(lambda line: line.kind == 'lead')
        self.assertTrue(lead.read_at)

    def test_iii_5_a_instruction_and_distribution_are_kept(self):
        document = self._create_assigned(self.lead_task, self.inform_task)
        document.with_user(self.specialist)._get_own_assignment()._finish("Đã trả lời")
        lines = document.with_user(self.leader).assignment_ids
        self.assertEqual(set(lines.mapped('instruction')), {"Xử lý đúng hạn"})
        lead = lines.filtered(lambda line: line.kind == 'lead')
        self.assertRecordValues(lead, [{
            'assigned_by_id': self.leader.id, 'done_by_id': self.specialist.id, 'result': "Đã trả lời"}])
        events = self._get_events(document)
        for event in ('assignment', 'access', 'completion'):
            self.assertIn(event, events)
        with self.assertRaises(AccessError):
            lead.with_user(self.leader).write({'instruction': "Khác"})

    def test_iii_3_c_passing_a_document_on_is_no_change_of_rights_to_confirm(self):
        """The leader's act is itself the competent person's decision."""
        document = self._create_registered(access_level='unit')
        document.with_user(self.leader)._assign([self.lead_task, self.coordinate_task], "Xử lý")
        document.invalidate_recordset()
        self.assertTrue(document.with_user(self.other_specialist).has_access('read'))
        assignments = document.with_user(self.leader).assignment_ids
        assignments.filtered(lambda line: line.kind == 'coordinate').with_user(self.leader).action_take_back()
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.other_specialist).has_access('read'))
        self.assertFalse(self.env['civic.access.change'].search([('document_id', '=', document.id)]))


@tagged('post_install', '-at_install')
class TestAnnexVIMobile(CivicIncomingCommon, HttpCase):
    browser_size = '360x780'
    touch_enabled = True

    def test_iii_2_b_a_leader_reads_on_a_telephone(self):
        self._create_registered(subject="Văn bản trên điện thoại")
        self.start_tour('/odoo/civic-incoming-to-assign', 'civic_incoming_annex_vi_mobile', login=self.leader.login)
