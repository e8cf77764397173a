from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestRouteIncoming(CivicIncomingCommon, HttpCase):
    """Incoming documents on routes: registering starts them, assigning and finishing move them on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['civic.route'].search([('company_id', '=', cls.agency.id)]).active = False
        cls.assign_step = {
            'name': "Giao xử lý", 'kind': 'assign', 'actor': 'field', 'actor_field': 'leader_id', 'deadline_days': 1}
        cls.handle_step = {'name': "Giải quyết", 'kind': 'handle', 'actor': 'handler'}
        cls.approve_step = {
            'name': "Duyệt kết quả", 'kind': 'approve', 'actor': 'field', 'actor_field': 'leader_id',
            'return_target': 'any'}

    @classmethod
    def _create_route(cls, *steps, publish=True, **values):
        route = cls.env['civic.route'].with_user(cls.records_admin).create({
            'name': "Văn bản đến", 'company_id': cls.agency.id, 'direction': 'incoming',
            'version_ids': [Command.create({**values, 'step_ids': [
                Command.create({'sequence': number, **step}) for number, step in enumerate(steps)]})]})
        if publish:
            route.version_ids._publish(cls.env['civic.document']._today())
        return route

    def _get_open(self, document):
        return self.env['civic.route.task'].search(
            [('document_id', 'in', document.ids), ('state', '=', 'open')], order='id')

    def _kinds(self, document):
        return self._get_open(document).mapped('kind')

    def _assign(self, document, user=None, **task):
        document.with_user(user or self.leader)._assign([{**self.lead_task, **task}], "Xử lý")
        document.invalidate_recordset()

    def _finish(self, document, user=None):
        assignment = document.with_user(user or self.unit_head).own_assignment_id
        assignment._finish("Đã xử lý xong")
        document.invalidate_recordset()

    def test_without_a_route_nothing_changes(self):
        document = self._create_assigned()
        self.assertFalse(document.route_case_ids)
        self._finish(document)
        self.assertEqual(document.state, 'done')

    def test_the_whole_way_with_approval_of_the_result(self):
        self._create_route(self.assign_step, self.handle_step, self.approve_step)
        document = self._create_registered()
        self.assertEqual(self._kinds(document), ['assign'])
        self.assertEqual(self._get_open(document).user_ids, self.leader)
        self._assign(document)
        self.assertEqual((document.state, self._kinds(document)), ('assigned', ['handle']))
        self.assertEqual(self._get_open(document).user_ids, self.unit_head)
        self._finish(document)
        self.assertEqual((document.state, self._kinds(document)), ('handling', ['approve']))
        self.assertIn(self.leader.name, document.holder_summary)
        self.assertIn("Duyệt kết quả", document.holder_summary)
        self._get_open(document).with_user(self.leader).action_approve()
        document.invalidate_recordset()
        self.assertEqual((document.state, document.route_case_ids.state), ('done', 'done'))
        self.assertTrue(document.done_at)

    def test_a_result_that_is_returned_is_handled_again(self):
        self._create_route(self.assign_step, self.handle_step, self.approve_step)
        document = self._create_registered()
        self._assign(document)
        self._finish(document)
        self._get_open(document).with_user(self.leader)._return("Bổ sung số liệu", self.env['civic.route.step'].search(
            [('version_id', '=', document.route_case_ids.version_id.id), ('kind', '=', 'handle')]))
        document.invalidate_recordset()
        lead = document.assignment_ids
        self.assertEqual((document.state, lead.state, lead.review_note), ('handling', 'handling', "Bổ sung số liệu"))
        self.assertEqual(self._kinds(document), ['handle'])
        self._finish(document)
        self._get_open(document).with_user(self.leader).action_approve()
        document.invalidate_recordset()
        self.assertEqual(document.state, 'done')

    def test_a_result_can_go_back_to_be_assigned_to_another_unit(self):
        self._create_route(self.assign_step, self.handle_step, self.approve_step)
        document = self._create_registered()
        self._assign(document)
        self._finish(document)
        self._get_open(document).with_user(self.leader)._return("Giao phòng khác", self.env['civic.route.step'].search(
            [('version_id', '=', document.route_case_ids.version_id.id), ('kind', '=', 'assign')]))
        document.invalidate_recordset()
        self.assertEqual((document.state, self._kinds(document)), ('registered', ['assign']))
        self._assign(document, unit=self.unit_finance)
        self.assertEqual((document.state, self._get_open(document).user_ids), ('assigned', self.finance_head))

    def test_the_unit_returns_the_document_and_the_leader_takes_it_back(self):
        self._create_route(self.assign_step, self.handle_step)
        for act in (
            lambda document: document.with_user(self.unit_head).own_assignment_id._return_to_leader("Không đúng thẩm quyền"),
            lambda document: document.with_user(self.leader).action_take_back(),
        ):
            document = self._create_registered(code_number='77')
            self._assign(document)
            act(document)
            document.invalidate_recordset()
            self.assertEqual((document.state, self._kinds(document)), ('registered', ['assign']))
            self._assign(document, unit=self.unit_finance)
            self._finish(document, self.finance_head)
            self.assertEqual((document.state, document.route_case_ids.state), ('done', 'done'))

    def test_a_leader_who_assigns_before_the_turn_overtakes_what_came_before(self):
        self._create_route(
            {'name': "Văn phòng đề xuất", 'kind': 'opinion', 'actor': 'person', 'user_id': self.manager.id},
            self.assign_step, self.handle_step)
        document = self._create_registered()
        self.assertEqual(self._kinds(document), ['opinion'])
        self.assertIn(self.manager.name, document.holder_summary)
        self._assign(document)
        self.assertEqual(self._kinds(document), ['handle'])
        self.assertEqual(
            document.route_task_ids.sorted('id').mapped(lambda task: (task.state, task.note)),
            [('cancelled', 'overtaken'), ('done', 'overtaken'), ('open', False)])
        self.assertEqual(document.activity_ids.user_id, self.unit_head)

    def test_passing_on_for_information_ends_the_route(self):
        self._create_route(self.assign_step, self.handle_step)
        document = self._create_registered()
        document.with_user(self.leader).note_for_information(self.unit_finance.ids, "Để biết")
        document.invalidate_recordset()
        self.assertEqual((document.state, document.route_case_ids.state), ('done', 'stopped'))

    def test_a_substitute_assigns_on_behalf_of_the_leader(self):
        self._create_route(self.assign_step, self.handle_step)
        document = self._create_registered(access_level='restricted', user_ids=[(6, 0, self.specialist.ids)])
        deputy = self.finance_head
        today = self.env['civic.document']._today()
        task = {**self.lead_task, 'user': self.unit_head}
        with self.assertRaises(AccessError):
            document.with_user(deputy)._assign([task])
        self.env['civic.substitute'].with_user(self.leader).create({
            'user_id': self.leader.id, 'substitute_id': deputy.id, 'company_id': self.agency.id,
            'date_from': today, 'date_to': today, 'scope': 'limited',
            'route_ids': [(6, 0, document.route_case_ids.route_id.ids)]})
        self.assertTrue(document.with_user(deputy).can_assign)
        document.with_user(deputy)._assign([task])
        assigned = document.route_task_ids.filtered(lambda item: item.kind == 'assign')
        self.assertRecordValues(assigned, [{
            'state': 'done', 'acted_by_id': deputy.id, 'principal_id': self.leader.id}])
        self.assertEqual(document.assignment_ids.substituted_id, self.leader)
        other = self._create_registered(code_number='9', user_ids=[(6, 0, self.specialist.ids)])
        other.route_case_ids._stop("Thử")
        with self.assertRaises(AccessError):
            other.with_user(deputy)._assign([task])

    def test_who_substitutes_for_the_leader_in_everything_reads_what_waits_there(self):
        document = self._create_registered(access_level='restricted', user_ids=[(6, 0, self.specialist.ids)])
        deputy = self.finance_head
        self.assertFalse(document.with_user(deputy).has_access('read'))
        today = self.env['civic.document']._today()
        row = self.env['civic.substitute'].create({
            'user_id': self.leader.id, 'substitute_id': deputy.id, 'company_id': self.agency.id,
            'date_from': today, 'date_to': today})
        self.assertTrue(document.with_user(deputy).has_access('read'))
        self.env.cr.execute(
            "UPDATE civic_substitute SET date_from = date_from - 3, date_to = date_to - 3 WHERE id = %s", [row.id])
        row.invalidate_recordset()
        self.env.registry.clear_cache()
        document.invalidate_recordset()
        self.assertFalse(document.with_user(deputy).has_access('read'))
        self.authenticate(deputy.login, deputy.login)
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request('/web/dataset/call_kw/civic.document/read', {
                'model': 'civic.document', 'method': 'read', 'args': [document.ids, ['subject']], 'kwargs': {}})

    def test_the_step_names_whom_the_document_is_submitted_to(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self._create_route({**self.assign_step, 'actor': 'person', 'user_id': second.id, 'actor_field': False})
        document = self._create_registered()
        self.assertEqual(document.leader_id, second)

    def test_stopping_a_route_that_holds_a_finished_document_ends_it(self):
        self._create_route(self.assign_step, self.handle_step, self.approve_step)
        document = self._create_registered()
        self._assign(document)
        self._finish(document)
        document.route_case_ids.with_user(self.records_admin)._apply_reason('_stop_by_administrator', "Lãnh đạo nghỉ")
        document.invalidate_recordset()
        self.assertEqual(document.state, 'done')

    def test_cancelling_stops_the_route(self):
        self._create_route(self.assign_step)
        document = self._create_registered()
        document._cancel("Nhầm")
        self.assertEqual(document.route_case_ids.state, 'stopped')

    def test_wrong_routes_are_not_published(self):
        today = self.env['civic.document']._today()
        with self.assertRaisesRegex(UserError, "before it is assigned"):
            self._create_route(self.handle_step)
        route = self._create_route(self.assign_step, publish=False)
        route.direction = 'internal'
        with self.assertRaisesRegex(UserError, "Only incoming documents"):
            route.version_ids._publish(today)

    def test_the_buttons_of_a_step_do_not_replace_the_act(self):
        self._create_route(self.assign_step, self.handle_step)
        document = self._create_registered()
        with self.assertRaises(UserError):
            self._get_open(document).with_user(self.leader).action_approve()
        with self.assertRaisesRegex(UserError, "its own act"):
            self._get_open(document).with_user(self.leader)._act()
        action = self._get_open(document).with_user(self.leader).action_assign_document()
        self.assertEqual(action['context']['default_document_ids'], document.ids)
        with self.assertRaises(AccessError):
            self._get_open(document).with_user(self.unit_head).action_assign_document()

    def test_templates_can_be_used_at_once(self):
        today = self.env['civic.document']._today()
        for name in ('result', 'urgent', 'opinion'):
            with self.subTest(template=name):
                template = self.env.ref(f'civic_incoming.civic_route_template_{name}')
                action = template.with_user(self.records_admin).with_company(self.agency).action_use_template()
                version = self.env['civic.route.version'].browse(action['res_id'])
                self.assertFalse(version.problems)
                version.with_user(self.records_admin)._publish(today)
                self.assertEqual(len(version.step_ids), 3)
                version.route_id.active = False

    def test_a_simulation_takes_the_unit_that_the_document_got(self):
        route = self._create_route(self.assign_step, self.handle_step)
        document = self._create_registered(arrival_date=self.env['civic.document']._today())
        self._assign(document)
        waiting = self._create_registered(arrival_date=self.env['civic.document']._today(), code_number='8')
        draft = route.version_ids._copy_to_draft()
        today = self.env['civic.document']._today()
        simulation = self.env['civic.route.simulation'].with_user(self.records_admin).create({
            'version_id': draft.id, 'date_from': today, 'date_to': today})
        simulation.action_run()
        self.assertRecordValues(simulation, [{'document_count': 2, 'new_count': 2, 'nobody_count': 0}])
        steps = {line.document_id: line.new_steps for line in simulation.line_ids}
        self.assertIn(self.unit_head.name, steps[document])
        self.assertNotIn(self.unit_head.name, steps[waiting])

    def test_a_saved_phrase_fills_the_comment(self):
        self._create_route({**self.approve_step, 'name': "Thẩm định"}, self.assign_step)
        document = self._create_registered()
        phrase = self.env['civic.phrase'].with_user(self.leader).create({'text': "Đề nghị bổ sung hồ sơ", 'kind': 'return'})
        task = self._get_open(document).with_user(self.leader)
        form = Form(self.env['civic.route.act.wizard'].with_user(self.leader).with_context(
            **task.action_return()['context']))
        form.phrase_id = phrase
        self.assertEqual(form.comment, "Đề nghị bổ sung hồ sơ")

    def test_a_hundred_registrations_start_routes_with_the_queries_of_few(self):
        self._create_route(self.assign_step, self.handle_step)
        counts = []
        for size in (2, 2, 50):
            documents = self.env['civic.document'].with_user(self.clerk).create([
                self._prepare_document(code_number=str(number), leader_id=self.leader.id) for number in range(1, size + 1)])
            documents._draw_numbers()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents._start_route()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(documents.route_case_ids), size)
        self.assertEqual(counts[1], counts[2])

    def test_a_hundred_assignments_move_their_routes_with_the_queries_of_few(self):
        self._create_route(self.assign_step, self.handle_step)
        counts = []
        for size in (2, 2, 40):
            documents = self.env['civic.document'].with_user(self.clerk).create([
                self._prepare_document(code_number=str(number)) for number in range(1, size + 1)])
            documents._register_documents()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents.with_user(self.leader)._complete_route('assign')
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_a_late_assignment_brings_in_the_other_leaders(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self._create_route({
            **self.assign_step, 'late_action': 'escalate', 'escalate_actor': 'role',
            'escalate_group_id': self.env.ref('civic_base.group_leader').id})
        document = self._create_registered()
        task = self._get_open(document)
        past = fields.Datetime.now() - timedelta(days=3)
        task.write({'deadline': past, 'late_from': past})
        task._follow_lateness()
        self.assertEqual(task.user_ids, self.leader | second)
        self._assign(document, second, deadline=date(2100, 1, 4))
        self.assertEqual(task.acted_by_id, second)
