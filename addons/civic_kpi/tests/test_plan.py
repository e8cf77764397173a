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
        # behind the light stands what is not accepted yet
        figure = self._figure('K1').with_user(self.city_manager)
        self.assertEqual(Acceptance.search(figure.action_drill_missed()['domain']), other[3:])
        self.assertEqual(Acceptance.search(figure.action_drill_numerator()['domain']), own | other[:3])
        self.assertEqual(Acceptance.search(figure.action_drill()['domain']), own | other)
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

    def test_the_timeline_places_duties(self):
        """January 2026 to April 2026 are 120 days: a duty of 31 January to 2 March begins at 25 % and lasts 30 days = 25 %."""
        plan = self.env['civic.plan'].create({'name': "Kế hoạch"})
        tasks = self.env['civic.plan.task'].create([
            {'plan_id': plan.id, 'name': "Rà soát", 'date_start': '2026-01-31', 'date_due': '2026-03-02', 'company_id': self.agency.id},
            {'plan_id': plan.id, 'name': "Nâng cấp", 'date_start': '2026-01-01', 'date_due': '2026-04-30'}])
        line = tasks.with_user(self.manager).get_timeline({'plan_id': plan.id})
        late, open_ = line['rows']
        self.assertEqual((late['left'], late['width'], late['state']), (25, 25, 'late'))
        # until today, the 20th of March: 18 days = 15 %
        self.assertEqual((late['over'], line['today']['left']), (15, 65))
        self.assertEqual((open_['left'], open_['state'], open_['over']), (0, 'todo', 0))
        self.assertEqual([tick['label'] for tick in line['ticks']], ['01/2026', '02/2026', '03/2026', '04/2026'])
        self.assertEqual(len(tasks.get_timeline({'plan_id': plan.id, 'company_id': self.agency.id})['rows']), 1)
        for options in (None, [], {'plan_id': 'x', 'company_id': 'x'}):
            self.assertTrue(tasks.get_timeline(options)['plans'])
        with self.assertRaises(AccessError):
            tasks.with_user(self.specialist).get_timeline({})

    def test_the_budget_of_an_agency(self):
        """Allocated 400 and 100 millions, spent 200 in 2026 = 200 of 500 = 40 %; 2025 is another year."""
        Line = self.env['civic.plan.budget.line'].with_user(self.manager)
        values = {'name': "Số hóa tài liệu", 'company_id': self.agency.id, 'year': 2026}
        Line.create([{**values, 'planned': 600e6, 'allocated': 400e6, 'spent': 200e6}, {**values, 'allocated': 100e6},
                     {**values, 'year': 2025, 'allocated': 5e6, 'spent': 9e6}])
        self._refresh()
        self.assertEqual(self._figure('BUDGET', self._period('year'), self.agency).shown, '40,0 %')
        self.assertEqual(Line.search([('is_overspent', '=', True)]).year, 2025)
        with self.assertRaises(AccessError):
            Line.create({**values, 'company_id': self.other_agency.id})
        with self.assertRaisesRegex(UserError, "made by them"):
            Line.create({**values, 'origin': 'civic_digitization:1'})

    def test_a_room_keeps_its_budget_lines_up_to_date(self):
        Line = self.env['civic.plan.budget.line']
        own = Line.with_user(self.manager).create({'name': "Nhập tay", 'company_id': self.agency.id, 'year': 2026})
        values = {
            'plan_id': self.env.ref('civic_kpi.plan_4292').id, 'company_id': self.agency.id, 'year': 2026, 'name': "Đợt 1",
            'planned': 10.0}
        first = Line._fill('civic_digitization', {1: values, 2: {**values, 'name': "Đợt 2"}})
        again = Line._fill('civic_digitization', {1: {**values, 'allocated': 8.0}, 3: {**values, 'name': "Đợt 3"}})
        self.assertEqual(len(first), 2)
        self.assertEqual(sorted(again.mapped('origin')), ['civic_digitization:1', 'civic_digitization:3'])
        self.assertEqual((first[0].allocated, first[1].exists(), own.exists()), (8, Line, own))
        with self.assertRaisesRegex(UserError, "kept up to date"):
            first[0].with_user(self.manager).allocated = 1
