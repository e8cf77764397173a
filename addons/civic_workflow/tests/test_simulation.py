from collections import Counter, defaultdict
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CivicRouteCommon


@tagged('post_install', '-at_install')
class TestSimulation(CivicRouteCommon):
    """A changed route is tried on real documents before it is published, and nothing of them changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env['civic.document']._today()
        cls.route = cls._create_route(
            {**cls._person(cls.unit_head), 'name': "Thẩm định"},
            {**cls._role('leader'), 'name': "Duyệt", 'deadline_days': 2}, direction='incoming')
        cls.old = cls.route.version_ids
        cls.new = cls.old.with_user(cls.records_admin)._copy_to_draft()

    def _register(self, count=1, **values):
        documents = self.env['civic.document'].with_user(self.clerk).create([
            self._prepare_document(
                code_number=str(number), company_id=self.agency.id, arrival_date=self.today,
                issue_date=self.today, **values)
            for number in range(1, count + 1)])
        documents._register_documents()
        return documents

    def _simulate(self):
        simulation = self.env['civic.route.simulation'].with_user(self.records_admin).create({
            'version_id': self.new.id, 'date_from': self.today - timedelta(days=31), 'date_to': self.today})
        simulation.action_run()
        return simulation

    def test_the_same_route_makes_no_difference(self):
        self._register(3)
        simulation = self._simulate()
        self.assertRecordValues(simulation, [{
            'base_version_id': self.old.id, 'document_count': 3, 'old_count': 3, 'new_count': 3,
            'differing_count': 0, 'first_count': 0, 'added_count': 0, 'dropped_count': 0, 'nobody_count': 0}])
        self.assertFalse(any(simulation.line_ids.mapped('differs')))

    def test_an_opinion_circuit_is_made_in_one_act_and_simulated(self):
        """Two heads and one person are asked side by side; two of three opinions are enough."""
        self._register(2)
        wizard = self.env['civic.route.circuit.wizard'].with_user(self.records_admin)
        action = self.new.with_user(self.records_admin).action_add_circuit()
        values = {
            'name': "Lấy ý kiến", 'after_step_id': self.new.step_ids[0].id,
            'unit_ids': [Command.set((self.unit_culture | self.unit_finance).ids)],
            'user_ids': [Command.set(self.manager.ids)], 'join': 'count', 'join_count': 2, 'deadline_days': 3}
        with self.assertRaisesRegex(UserError, "only 3 are asked"):
            wizard.with_context(action['context']).create({**values, 'join_count': 4}).action_add()
        with self.assertRaisesRegex(UserError, "at least two"):
            wizard.with_context(action['context']).create({**values, 'unit_ids': []}).action_add()
        wizard.with_context(action['context']).create(values).action_add()
        self.assertEqual(self.new.step_ids.sorted('sequence').mapped('stage'), [1, 2, 2, 2, 3])
        circuit = self.new.step_ids.filtered(lambda step: step.kind == 'opinion')
        self.assertEqual(set(circuit.mapped('name')), {
            f"Lấy ý kiến: {asked.name}" for asked in (self.unit_culture, self.unit_finance, self.manager)})
        self.assertFalse(self.new.problems)
        simulation = self._simulate()
        self.assertEqual((simulation.document_count, simulation.added_count), (2, 6))
        loads = {load.user_id: load.new_count for load in simulation.load_ids}
        self.assertEqual(loads[self.finance_head], 2)
        self.assertEqual(loads[self.manager], 2)
        with self.assertRaises(AccessError):
            self.new.with_user(self.leader).action_add_circuit()
        with self.assertRaises(AccessError):
            wizard.with_user(self.leader).create({**values, 'version_id': self.new.id})

    def test_another_first_person_an_added_and_a_dropped_step(self):
        plain, urgent = self._register(1), self._register(1, urgency='urgent')
        first, second = self.new.step_ids
        first.write({'user_id': self.finance_head.id, 'condition': "[('urgency', '!=', 'normal')]"})
        second.copy({'version_id': self.new.id, 'name': "Thông báo", 'kind': 'inform', 'sequence': 90})
        simulation = self._simulate()
        self.assertRecordValues(simulation, [{
            'document_count': 2, 'differing_count': 2, 'first_count': 2, 'added_count': 2, 'dropped_count': 1}])
        lines = {line.document_id: line for line in simulation.line_ids}
        self.assertEqual((lines[plain].old_first, lines[plain].new_first), (self.unit_head.name, self.leader.name))
        self.assertEqual(lines[urgent].new_first, self.finance_head.name)
        loads = {load.user_id: (load.old_count, load.new_count, load.change) for load in simulation.load_ids}
        self.assertEqual(loads[self.unit_head], (2, 0, -2))
        self.assertEqual(loads[self.finance_head], (0, 1, 1))
        self.assertEqual(loads[self.leader], (2, 4, 2))
        self.assertIn("2 documents registered", self.new.simulation_summary)

    def test_it_writes_nothing_but_its_result(self):
        documents = self._register(2)
        before = documents.sudo().read(), len(documents.route_case_ids), len(documents.route_task_ids)
        lines = self.env['civic.journal.entry'].search_count([])
        self._simulate()
        documents.invalidate_recordset()
        self.assertEqual((documents.sudo().read(), len(documents.route_case_ids), len(documents.route_task_ids)), before)
        self.assertEqual(self.env['civic.journal.entry'].search_count([]), lines)

    def test_a_document_counts_as_it_was_registered(self):
        """A later change of the urgency is taken back: the journal knows what the clerk entered."""
        document = self._register(1)
        self.new.step_ids[0].condition = "[('urgency', '=', 'normal')]"
        document.with_user(self.clerk).write({'urgency': 'express'})
        simulation = self._simulate()
        self.assertEqual(simulation.line_ids.new_first, self.unit_head.name)

    def test_the_rehearsal_is_what_production_does(self):
        """The first person and deadline that the simulation names are those of the real case."""
        self._create_route(self._person(self.manager), direction='incoming', sequence=99)
        simulation_lines = {}
        documents = self._register(2)
        cases = documents._get_running_cases() or documents._start_route()     # rooms above start routes themselves
        for line in self._simulate().line_ids:
            simulation_lines[line.document_id] = line
        for case in cases:
            task = case.task_ids.filtered(lambda task: task.state == 'open')
            self.assertEqual(simulation_lines[case.document_id].old_first, ", ".join(task.user_ids.mapped('name')))

    def test_steps_that_nobody_could_act_on_and_late_ones_stand_out(self):
        document = self._register(1, deadline=self.today)
        self.unit_head.active = False
        simulation = self._simulate()
        self.assertEqual(simulation.nobody_count, 1)
        self.assertEqual(simulation.late_count, 1)
        self.assertEqual(simulation.line_ids.document_id, document)

    def test_documents_of_a_route_before_are_not_counted(self):
        self._register(2)
        self._create_route(
            self._person(self.manager), direction='incoming', sequence=1, domain="[('code_number', '=', '1')]")
        simulation = self._simulate()
        self.assertRecordValues(simulation, [{'document_count': 2, 'old_count': 1, 'new_count': 1}])

    def test_changing_a_step_asks_for_another_simulation(self):
        self._register(1)
        self._simulate()
        self.assertTrue(self.new.simulated_at)
        self.new.step_ids[0].name = "Khác"
        self.assertFalse(self.new.simulated_at)

    def test_only_who_writes_routes_simulates(self):
        for user in (self.leader, self.manager, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env['civic.route.simulation'].with_user(user).create({'version_id': self.new.id})

    def test_bad_periods_are_refused(self):
        simulation = self.env['civic.route.simulation'].with_user(self.records_admin).create({
            'version_id': self.new.id, 'date_from': self.today, 'date_to': self.today - timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "cannot end before"):
            simulation.action_run()

    def test_many_documents_cost_the_queries_of_few(self):
        self._register(60)
        documents = self.env['civic.document'].search([('company_id', '=', self.agency.id)])
        simulation = self.env['civic.route.simulation'].with_user(self.records_admin).create({'version_id': self.new.id})
        counts = []
        for size in (5, 5, 60):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            days = self.new._get_calendar(self.agency)
            lines = simulation._simulate(documents[:size].with_prefetch(), [], days, Counter(), defaultdict(Counter))
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(lines), size)
        self.assertEqual(counts[1], counts[2])
