from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestPlan(CivicKpiCommon):

    def test_the_plan_of_the_city_is_there(self):
        plan = self.env.ref('civic_kpi.plan_4292')
        self.assertEqual(plan.task_count, 11)
        self.assertEqual(plan.late_count, 11, "all were due in 2022")
        self.assertIn('III.4.c', plan.task_ids.mapped('code'))

    def test_a_duty_is_done_with_its_evidence(self):
        task = self.env['civic.plan.task'].with_user(self.city_manager).create({
            'plan_id': self.env.ref('civic_kpi.plan_4292').id, 'name': "Nâng cấp", 'company_id': self.agency.id, 'date_due': '2026-03-19'})
        self.assertTrue(task.is_late)
        self.assertIn(task, task.search([('is_late', '=', True)]))
        with self.assertRaisesRegex(UserError, "needs its evidence"):
            task.action_finish()
        with self.assertRaisesRegex(UserError, "moved by its buttons"):
            task.state = 'done'
        task.with_user(self.manager).evidence_note = "Biên bản 12/BB-UBND"
        task.with_user(self.manager).action_finish()
        self.assertRecordValues(task, [{'state': 'done', 'is_late': False}])
        self.assertEqual(str(task.date_done), '2026-03-20')
        with self.assertRaisesRegex(UserError, "cannot become"):
            task.action_cancel()

    def test_upgrade_counts_agencies_with_all_items_signed_for(self):
        """Two agencies with four items each: one accepts four, the other three = 1 of 2 = 50 % of 100."""
        Acceptance = self.env['civic.plan.acceptance']
        Acceptance.with_user(self.city_manager).action_prepare()
        own = Acceptance.search([('company_id', '=', self.agency.id)])
        other = Acceptance.search([('company_id', '=', self.other_agency.id)])
        self.assertEqual((len(own), len(other)), (4, 4))
        with self.assertRaisesRegex(UserError, "signed minutes"):
            own.with_user(self.manager).action_accept()
        own.with_user(self.manager).paper_reference = "Biên bản 01/BB ngày 02/3/2026"
        own.with_user(self.manager).action_accept()
        other[:3].paper_reference = "Biên bản 02/BB"
        other[:3].action_accept()
        self._refresh()
        self.assertEqual((self._figure('K1').shown, self._figure('K1').verdict), ('50,0 %', 'fail'))
        self.assertEqual(self._figure('K1', company=self.agency).shown, '100,0 %')
        # a revoked acceptance drops out
        own[:1].with_user(self.manager)._apply_reason('_revoke', "Hệ thống thay đổi")
        self.env['civic.kpi.period']._refresh_open(None)
        self.assertEqual(self._figure('K1').shown, '0,0 %')
        with self.assertRaises(AccessError):
            other.with_user(self.manager).paper_reference = "x"

    def test_staff_and_their_gaps(self):
        employee = self._get_employee(self.clerk)
        duty = self.env['civic.staff.duty'].with_user(self.manager).create({
            'employee_id': employee.id, 'company_id': self.agency.id, 'qualification': 'none'})
        self.assertEqual(duty.gap, "no degree in the field; no training yet")
        duty.write({'qualification': 'college', 'training_ids': [(0, 0, {'name': "Lưu trữ điện tử", 'date': '2026-01-15'})]})
        self.assertFalse(duty.has_gap)
        with self.assertRaises(ValidationError):
            duty.training_ids.date = '2027-01-01'
