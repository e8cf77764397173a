import io
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestFilePlan(CivicWorkfileCommon):

    def test_the_head_approves_and_nobody_else(self):
        """Article 28: the list is approved by the head of the agency."""
        self.plan.with_user(self.clerk).action_submit()
        for user in (self.clerk, self.unit_head, self.specialist):
            with self.assertRaises(AccessError):
                self.plan.with_user(user).action_approve()
        self.plan.with_user(self.leader).action_approve()
        self.assertEqual(self.plan.approved_by_id, self.leader)
        self.plan.with_user(self.clerk).action_publish()
        self.assertEqual(self.plan.state, 'published')

    def test_the_head_returns_it_with_a_reason(self):
        self.plan.with_user(self.clerk).action_submit()
        self.plan.with_user(self.leader)._apply_reason('_return', "Thiếu hồ sơ thi đua")
        self.assertEqual(self.plan.state, 'draft')

    def test_states_are_not_written_and_submitted_lines_stand(self):
        with self.assertRaises(AccessError):
            self.plan.with_user(self.clerk).write({'state': 'published'})
        self.plan.with_user(self.clerk).action_submit()
        with self.assertRaisesRegex(UserError, "change while it is drafted"):
            self.line.with_user(self.clerk).write({'title': "Khác"})

    def test_a_plan_without_terms_or_makers_is_not_submitted(self):
        self.line.retention_term_id = False
        with self.assertRaisesRegex(UserError, "lack number"):
            self.plan.with_user(self.clerk).action_submit()

    def test_plans_of_units_are_merged_and_double_numbers_given_anew(self):
        Plan, Line = self.env['civic.file.plan'], self.env['civic.file.plan.line']
        part = Plan.with_user(self.unit_head).create(
            {'company_id': self.agency.id, 'year': 2026, 'unit_id': self.unit_culture.id})
        self.unit_culture.manager_id = self.env['hr.employee'].search([('user_id', '=', self.unit_head.id)])
        Line.with_user(self.unit_head).create([
            {'plan_id': part.id, 'notation': notation, 'title': title, 'user_id': self.specialist.id,
             'retention_term_id': self.term_20.id} for notation, title in (('01.VX', "Lễ hội"), ('02.VX', "Bảo tàng"))])
        part.with_user(self.unit_head).action_submit()
        self.plan.with_user(self.clerk).action_merge()
        self.assertEqual(part.state, 'merged')
        lines = self.plan.line_ids.filtered(lambda line: not line.is_heading)
        self.assertEqual(set(lines.mapped('title')), {"Hồ sơ chuyển đổi số", "Lễ hội", "Bảo tàng"})
        self.assertEqual(
            self.plan.line_ids.sorted(lambda line: (line.sequence, line.id)).mapped('title'),
            ["Văn xã", "Hồ sơ chuyển đổi số", "Phòng Văn xã", "Lễ hội", "Bảo tàng"])
        # 01.VX is taken: the unit's line is numbered anew
        self.unit_culture.abbreviation = 'VX'
        self.plan.with_user(self.clerk).action_number()
        self.assertEqual(sorted(lines.mapped('notation')), ['01.VX', '02.VX', '03.VX'])

    def test_the_lines_open_under_the_name_of_the_plan(self):
        self.assertEqual(self.plan.action_open_lines()['display_name'], self.plan.display_name)

    def test_another_unit_does_not_write_the_plan(self):
        part = self.env['civic.file.plan'].create(
            {'company_id': self.agency.id, 'year': 2026, 'unit_id': self.unit_finance.id})
        self.assertFalse(part.with_user(self.unit_head).has_access('write'))
        self.assertFalse(self.plan.with_user(self.unit_head).has_access('write'))
        self.assertTrue(self.plan.with_user(self.other_specialist).has_access('read'))

    def test_last_years_plan_is_copied(self):
        following = self.env['civic.file.plan'].create({'company_id': self.agency.id, 'year': 2027})
        following.with_user(self.clerk).action_copy_last_year()
        copied = following.line_ids.filtered(lambda line: not line.is_heading)
        self.assertEqual((copied.notation, copied.parent_id.title, copied.year), ('01.VX', "Văn xã", 2027))
        with self.assertRaisesRegex(UserError, "has lines already"):
            following.action_copy_last_year()

    def test_changes_during_the_year_have_a_reason_and_leave_a_trace(self):
        """A line is added, renamed and withdrawn: who, when, why, before and after; nothing is deleted."""
        self._publish_plan()
        Line = self.env['civic.file.plan.line'].with_user(self.clerk)
        line = self.line.with_user(self.clerk)
        new = {'plan_id': self.plan.id, 'parent_id': self.heading.id, 'notation': '02.VX', 'title': "Lễ hội",
               'retention_term_id': self.term_20.id, 'user_id': self.specialist.id}
        for act in (
            lambda: line.write({'title': "Khác"}), lambda: Line.create(new), lambda: line.write({'active': False}),
            lambda: line.write({'title': "Khác", 'change_reason': "  "}), lambda: line.with_context(civic_plan_quiet=True).create(new),
        ):
            with self.assertRaisesRegex(UserError, "give the reason"), self.env.cr.savepoint():
                act()
        line.write({'title': "Hồ sơ chuyển đổi số (sửa)", 'change_reason': "Theo kế hoạch mới"})
        added = Line.create({**new, 'change_reason': "Nhiệm vụ mới"})
        added._apply_reason('_withdraw', "Bỏ nhiệm vụ")
        added._apply_reason('_restore', "Lại có nhiệm vụ")
        self.assertEqual(self.plan.change_ids.mapped('act'), ['restore', 'withdraw', 'add', 'change'])
        change = self.plan.change_ids[-1]
        self.assertEqual((change.user_id, change.reason), (self.clerk, "Theo kế hoạch mới"))
        self.assertEqual(change.changes, "Title: Hồ sơ chuyển đổi số → Hồ sơ chuyển đổi số (sửa)")
        entries = self.env['civic.journal.entry'].search(
            [('res_model', '=', self.plan._name), ('res_id', '=', self.plan.id)], order='id desc', limit=4)
        self.assertTrue(all(json.loads(entry.detail)['lines'][0]['reason'] for entry in entries))
        line.write({'sequence': 7})                 # order is no change of the plan
        self.assertEqual(len(self.plan.change_ids), 4)
        with self.assertRaisesRegex(UserError, "withdraw it instead"):
            line.unlink()

    def test_a_heading_goes_with_what_stands_below_it(self):
        self._publish_plan()
        self.heading.with_user(self.clerk)._apply_reason('_withdraw', "Đơn vị giải thể")
        self.assertFalse(self.line.active)
        self.assertEqual(self.plan.change_ids.line_id, self.heading | self.line)

    def test_the_trace_is_read_and_never_written(self):
        self._publish_plan()
        self.line.with_user(self.clerk).write({'title': "Khác", 'change_reason': "Sửa"})
        change = self.plan.change_ids
        self.assertEqual(change.with_user(self.specialist).reason, "Sửa")
        for user in (self.clerk, self.env.ref('base.user_root')):
            with self.assertRaises(AccessError):
                change.with_user(user).write({'reason': "Khác"})
            with self.assertRaises(AccessError):
                change.with_user(user).unlink()
        self.assertFalse(change.with_user(self.foreign_clerk).has_access('read'))

    def test_numbering_a_published_plan_asks_for_the_reason(self):
        self._publish_plan()
        self.env['civic.file.plan.line'].with_user(self.clerk).create({
            'plan_id': self.plan.id, 'title': "Mới", 'retention_term_id': self.term_20.id, 'change_reason': "Mới"})
        action = self.plan.with_user(self.clerk).action_number()
        self.assertEqual(action['res_model'], 'civic.reason.wizard')
        self.plan.with_user(self.clerk)._apply_reason('_number_lines', "Đánh số")
        self.assertEqual(self.plan.change_ids[0].changes.split(': ')[1], "– → 01.HS")

    def test_a_heading_does_not_stand_below_itself(self):
        below = self.env['civic.file.plan.line'].create({
            'plan_id': self.plan.id, 'is_heading': True, 'parent_id': self.heading.id, 'title': "Nhỏ"})
        with self.assertRaises(UserError), mute_logger('odoo.sql_db'):
            self.heading.parent_id = below
        with self.assertRaisesRegex(ValidationError, "not a heading"):
            below.parent_id = self.line

    def test_a_file_opened_from_the_plan_takes_everything_over(self):
        """Article 29.2.b."""
        self._publish_plan()
        action = self.line.with_user(self.specialist).action_open_workfile()
        workfile = self.env['civic.workfile'].browse(action['res_id'])
        again = self.line.with_user(self.specialist).action_open_workfile()
        self.assertEqual(again['res_id'], workfile.id, "it is opened once, then shown")
        self.assertEqual(
            (workfile.title, workfile.notation, workfile.retention_term_id, workfile.user_id, workfile.code),
            ("Hồ sơ chuyển đổi số", '01.VX', self.term_20, self.specialist, 'H29.1.2026.01.VX'))
        with self.assertRaisesRegex(ValidationError, "give a reason"):
            workfile.retention_term_id = self.term_3

    def test_the_plan_is_printed_as_annex_v_says(self):
        for extension in ('pdf', 'xlsx', 'docx'):
            output = io.BytesIO()
            self.env['civic.form.file_plan'].with_user(self.clerk)._print(output, extension, {'plan_id': self.plan.id})
            self.assertGreater(len(output.getvalue()), 1000)
