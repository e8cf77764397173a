from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestHandle(CivicIncomingCommon):

    def test_from_arrival_to_done(self):
        document = self._create_assigned()
        document.with_user(self.specialist).action_mark_read()
        document.with_user(self.specialist).action_start()
        self.assertEqual(document.state, 'handling')
        action = document.with_user(self.specialist).action_finish()
        with Form(self.env['civic.finish.wizard'].with_user(self.specialist).with_context(**action['context'])) as form:
            form.result = "Đã trả lời bằng Công văn số 45/UBND-VX"
        form.record.action_finish()
        self.assertEqual(document.state, 'done')
        self.assertTrue(document.done_at)
        self.assertRecordValues(document.sudo().assignment_ids, [{
            'state': 'done', 'result': "Đã trả lời bằng Công văn số 45/UBND-VX",
            'done_by_id': self.specialist.id, 'read_by_id': self.specialist.id,
        }])
        self.assertFalse(self._get_activities(document))
        self.assertEqual(
            self._get_events(document),
            ['creation', 'registration', 'assignment', 'access', 'start', 'completion'])

    def test_coordinating_unit_finishes_its_own_part_only(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        document.with_user(self.other_specialist)._get_own_assignment()._finish("Đã góp ý")
        self.assertEqual(document.state, 'assigned')
        lead = document.sudo().assignment_ids.filtered(lambda line: line.kind == 'lead')
        self.assertEqual(lead.state, 'pending')
        self.assertEqual(self._get_activities(document).user_id, self.unit_head)

    def test_done_needs_a_result(self):
        document = self._create_assigned()
        with self.assertRaisesRegex(UserError, "what came out"):
            document.with_user(self.specialist)._get_own_assignment()._finish("  ")
        self.assertEqual(document.state, 'assigned')

    def test_secret_result_is_refused(self):
        document = self._create_assigned()
        with self.assertRaisesRegex(UserError, "state secrets"):
            document.with_user(self.specialist)._get_own_assignment()._finish("Độ mật: TỐI MẬT")

    def test_unit_returns_to_the_leader_with_a_reason(self):
        document = self._create_assigned()
        assignment = document.with_user(self.specialist)._get_own_assignment()
        action = assignment.action_return()
        wizard = self.env['civic.reason.wizard'].with_user(self.specialist).with_context(**action['context']).create(
            {'reason': "Không thuộc chức năng của phòng"})
        wizard.action_confirm()
        self.assertEqual(document.state, 'registered')
        self.assertFalse(document.unit_id)
        self.assertEqual(assignment.sudo().state, 'returned')
        self.assertEqual(assignment.sudo().return_reason, "Không thuộc chức năng của phòng")
        activity = self._get_activities(document)
        self.assertEqual(activity.user_id, self.leader)
        self.assertIn("Không thuộc chức năng của phòng", str(activity.note))
        self.assertIn('return', self._get_events(document))
        # and the leader gives it to the right unit
        document.with_user(self.leader)._assign([{**self.lead_task, 'unit': self.unit_finance}])
        self.assertEqual(document.unit_id, self.unit_finance)

    def test_return_needs_a_reason(self):
        assignment = self._create_assigned().with_user(self.specialist)._get_own_assignment()
        with self.assertRaises(UserError):
            assignment._apply_reason('_return_to_leader', "  ")

    def test_information_is_only_read(self):
        document = self._create_assigned(self.lead_task, self.inform_task)
        reader = document.with_user(self.other_specialist)
        self.assertTrue(reader.is_unread)
        for act in ('action_start', 'action_return'):
            with self.subTest(act=act), self.assertRaises(UserError):
                result = getattr(reader, act)()
                if isinstance(result, dict):
                    reader._get_own_assignment()._return_to_leader("Không liên quan")
        reader.action_mark_read()
        reader.invalidate_recordset()
        self.assertFalse(reader.is_unread)
        line = document.sudo().assignment_ids.filtered(lambda assignment: assignment.kind == 'inform')
        self.assertEqual(line.state, 'done')
        self.assertTrue(reader.is_for_information)

    def test_head_gives_the_document_to_a_person(self):
        document = self._create_assigned()
        action = document.with_user(self.unit_head).action_delegate()
        with Form(self.env['civic.delegate.wizard'].with_user(self.unit_head).with_context(**action['context'])) as form:
            form.user_id = self.specialist
            form.unit_instruction = "Dự thảo trong tuần"
        form.record.action_delegate()
        self.assertEqual(document.handler_id, self.specialist)
        self.assertTrue(document.with_user(self.specialist).is_mine)
        self.assertEqual(document.with_user(self.specialist).own_instruction, "Xử lý đúng hạn\nDự thảo trong tuần")
        self.assertFalse(document.with_user(self.other_specialist).own_instruction)
        self.assertEqual(self._get_activities(document).user_id, self.specialist)
        # the head still answers for the unit
        self.assertTrue(document.with_user(self.unit_head).own_assignment_id)

    def test_head_cannot_give_it_to_somebody_of_another_unit(self):
        assignment = self._create_assigned().with_user(self.unit_head)._get_own_assignment()
        with self.assertRaisesRegex(UserError, "does not work in"):
            assignment._delegate(self.other_specialist)

    def test_only_the_head_of_the_unit_delegates(self):
        document = self._create_assigned()
        assignment = document.sudo().assignment_ids
        for user in (self.specialist, self.finance_head, self.clerk, self.leader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                assignment.with_user(user).sudo(False)._delegate(self.specialist)

    def test_a_document_in_ones_name_is_not_for_the_colleague(self):
        colleague = self._create_person('colleague', 'specialist', self.unit_culture)
        document = self._create_assigned({**self.lead_task, 'user': colleague})
        with self.assertRaises(AccessError):
            document.with_user(self.specialist).action_start()
        self.assertFalse(document.with_user(self.specialist).is_mine)
        document.with_user(colleague).action_start()
        self.assertEqual(document.state, 'handling')

    def test_other_units_cannot_act(self):
        document = self._create_assigned()
        assignment = document.sudo().assignment_ids
        for user in (self.other_specialist, self.finance_head, self.manager, self.foreign_clerk):
            line = assignment.with_user(user).sudo(False)
            with self.subTest(user=user.login):
                if user == self.manager:
                    self._get_employee(user).department_id = self.unit_finance
                for act in (
                    line.action_start, line.action_finish, line.action_return,
                    lambda line=line: line._finish("Xong"), lambda line=line: line._return_to_leader("Không"),
                    document.with_user(user).action_start,
                ):
                    with self.assertRaises(AccessError):
                        act()
        self.assertEqual(assignment.state, 'pending')

    def test_closed_assignment_takes_no_more_acts(self):
        document = self._create_assigned()
        assignment = document.with_user(self.specialist)._get_own_assignment()
        assignment._finish("Đã trả lời")
        with self.assertRaisesRegex(UserError, "no longer"):
            assignment._finish("Lần nữa")
        with self.assertRaisesRegex(UserError, "no longer"):
            assignment._return_to_leader("Trả lại")

    def test_holder_summary_says_who_since_when_and_what_next(self):
        document = self._create_document()
        self.assertRegex(document.holder_summary, r"Records office since .*next: register by .*2025")
        document._register_documents()
        self.assertRegex(document.holder_summary, r"Town leader since .*next: assign by .*2025")
        document.with_user(self.leader)._assign([{**self.lead_task, 'user': self.specialist}])
        self.assertRegex(
            document.holder_summary, r"Phòng Văn xã · Town specialist since .*next: start, finish by .*2100")
        document.with_user(self.specialist).action_start()
        self.assertRegex(document.holder_summary, r"next: finish by .*2100")
        document.with_user(self.specialist)._get_own_assignment()._finish("Xong")
        self.assertRegex(document.holder_summary, r"^Done by Phòng Văn xã · Town specialist on ")

    def test_lists_find_each_document_for_the_right_people(self):
        for_unit = self._create_assigned(self.lead_task, self.inform_task)
        in_person = self._create_assigned({**self.lead_task, 'user': self.specialist}, code_number='124')

        def found(user, name):
            return self.env['civic.document'].with_user(user).search(
                [(name, '=', True), ('id', 'in', (for_unit | in_person).ids)])

        self.assertEqual(found(self.specialist, 'is_mine'), in_person)
        self.assertEqual(found(self.unit_head, 'is_mine'), for_unit)
        self.assertEqual(found(self.specialist, 'is_of_my_unit'), for_unit | in_person)
        self.assertFalse(found(self.other_specialist, 'is_of_my_unit'))
        self.assertEqual(found(self.other_specialist, 'is_for_information'), for_unit)
        self.assertEqual(found(self.other_specialist, 'is_unread'), for_unit)
        self.assertFalse(found(self.leader, 'is_mine'))
        self.assertEqual(
            self.env['civic.document'].with_user(self.specialist).search(
                [('is_mine', '=', False), ('id', 'in', (for_unit | in_person).ids)]), for_unit)

    def test_deadline_of_the_assignment_is_that_of_the_document(self):
        document = self._create_assigned({**self.lead_task, 'deadline': date(2100, 2, 1)})
        self.assertEqual(document.deadline, date(2100, 2, 1))
        self.assertEqual(document.next_deadline, date(2100, 2, 1))
