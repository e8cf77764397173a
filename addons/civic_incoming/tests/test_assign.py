from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestAssign(CivicIncomingCommon):

    def test_leader_assigns_with_the_form(self):
        """Decree 30/2020, Art. 23.2: the lead, the co-ordinating units and the time limit."""
        document = self._create_registered()
        action = document.with_user(self.leader).action_assign()
        with Form(self.env['civic.assign.wizard'].with_user(self.leader).with_context(**action['context'])) as form:
            form.lead_unit_id = self.unit_culture
            form.lead_user_id = self.specialist
            form.deadline = date(2100, 1, 8)
            form.instruction = "Tham mưu văn bản trả lời"
            form.coordinate_unit_ids.add(self.unit_finance)
            with form.line_ids.edit(0) as line:
                line.deadline = date(2100, 1, 5)
        form.record.action_assign()
        self.assertRecordValues(document.sudo().assignment_ids, [
            {
                'kind': 'lead', 'unit_id': self.unit_culture.id, 'user_id': self.specialist.id,
                'deadline': date(2100, 1, 8), 'instruction': "Tham mưu văn bản trả lời", 'state': 'pending',
                'assigned_by_id': self.leader.id,
            },
            {
                'kind': 'coordinate', 'unit_id': self.unit_finance.id, 'user_id': False,
                'deadline': date(2100, 1, 5), 'instruction': "Tham mưu văn bản trả lời", 'state': 'pending',
                'assigned_by_id': self.leader.id,
            },
        ])
        self.assertRecordValues(document, [{
            'state': 'assigned', 'unit_id': self.unit_culture.id, 'lead_unit_id': self.unit_culture.id,
            'handler_id': self.specialist.id, 'deadline': date(2100, 1, 8),
            'unit_ids': (self.unit_culture | self.unit_finance).ids, 'user_ids': self.specialist.ids,
        }])
        self.assertIn('assignment', self._get_events(document))

    def test_form_keeps_what_was_typed_on_a_line(self):
        document = self._create_registered()
        wizard = self.env['civic.assign.wizard'].with_user(self.leader).with_context(
            default_document_ids=document.ids)
        with Form(wizard) as form:
            form.lead_unit_id = self.unit_culture
            form.deadline = date(2100, 1, 8)
            form.coordinate_unit_ids.add(self.unit_finance)
            with form.line_ids.edit(0) as line:
                line.deadline = date(2100, 1, 5)
            form.inform_unit_ids.add(self.unit_culture)
        self.assertEqual(
            form.record.line_ids.mapped(lambda line: (line.kind, line.unit_id, line.deadline)),
            [('coordinate', self.unit_finance, date(2100, 1, 5)), ('inform', self.unit_culture, False)])

    def test_many_documents_are_assigned_in_one_go(self):
        documents = self._create_registered() | self._create_registered(code_number='124')
        wizard = self.env['civic.assign.wizard'].with_user(self.leader).create({
            'document_ids': documents.ids, 'lead_unit_id': self.unit_culture.id, 'deadline': date(2100, 1, 8)})
        wizard.action_assign()
        self.assertEqual(documents.mapped('state'), ['assigned', 'assigned'])
        self.assertEqual(len(documents.sudo().assignment_ids), 2)

    def test_units_that_a_program_names_are_assigned(self):
        """Through the API nobody sees the lines: the two lists of units are enough."""
        document = self._create_registered()
        self.env['civic.assign.wizard'].with_user(self.leader).create({
            'document_ids': document.ids, 'lead_unit_id': self.unit_culture.id, 'deadline': date(2100, 1, 8),
            'coordinate_unit_ids': self.unit_finance.ids}).action_assign()
        self.assertEqual(
            document.sudo().assignment_ids.mapped(lambda line: (line.kind, line.unit_id, line.deadline)),
            [('lead', self.unit_culture, date(2100, 1, 8)), ('coordinate', self.unit_finance, date(2100, 1, 8))])

    def test_draft_cannot_be_assigned(self):
        """Decree 30/2020, Art. 22.1: an unregistered document creates no duty to handle it."""
        document = self._create_document()
        with self.assertRaisesRegex(UserError, "not registered"):
            document.with_user(self.leader).action_assign()
        with self.assertRaisesRegex(UserError, "not registered"):
            document.with_user(self.leader)._assign([self.lead_task])
        self.assertEqual(document.state, 'draft')

    def test_instruction_needs_exactly_one_lead(self):
        document = self._create_registered().with_user(self.leader)
        for tasks in (
            [],
            [self.coordinate_task],
            [self.lead_task, {**self.lead_task, 'unit': self.unit_finance}],
        ):
            with self.subTest(tasks=tasks), self.assertRaises(UserError):
                document._assign(tasks)
        self.assertFalse(document.assignment_ids)

    def test_second_lead_is_refused_by_the_database_too(self):
        """Two leaders at once: the unique index decides, whatever each of them saw."""
        document = self._create_assigned()
        values = document.sudo().assignment_ids.copy_data()[0]
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env['civic.assignment'].create({**values, 'unit_id': self.unit_finance.id})

    def test_refused_instructions_say_why(self):
        document = self._create_registered().with_user(self.leader)
        cases = [
            ("deadline", [{**self.lead_task, 'deadline': False}]),
            ("passed", [{**self.lead_task, 'deadline': date(2020, 1, 2)}]),
            ("cannot be after that of the lead", [self.lead_task, {**self.coordinate_task, 'deadline': date(2100, 1, 5)}]),
            ("named twice", [self.lead_task, {**self.coordinate_task, 'unit': self.unit_culture}]),
            ("does not work in", [{**self.lead_task, 'user': self.other_specialist}]),
            ("is no unit of", [{**self.lead_task, 'unit': self.foreign_unit}]),
            ("Name the unit", [{**self.lead_task, 'unit': self.env['hr.department']}]),
        ]
        for message, tasks in cases:
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                document._assign(tasks)
        self.assertEqual(document.state, 'registered')
        self.assertFalse(document.sudo().assignment_ids)

    def test_document_for_named_people_needs_a_person(self):
        document = self._create_registered(access_level='restricted', user_ids=self.leader.ids)
        with self.assertRaisesRegex(UserError, "name a person"):
            document.with_user(self.leader)._assign([self.lead_task])
        document.with_user(self.leader)._assign([{**self.lead_task, 'user': self.specialist}])
        self.assertTrue(document.with_user(self.specialist).has_access('read'))
        self.assertFalse(document.with_user(self.unit_head).has_access('read'))

    def test_secret_instruction_is_refused(self):
        document = self._create_registered().with_user(self.leader)
        with self.assertRaisesRegex(UserError, "state secrets"):
            document._assign([self.lead_task], "Độ mật: TUYỆT MẬT")
        self.assertFalse(document.sudo().assignment_ids)

    def test_units_can_read_what_is_assigned_to_them(self):
        document = self._create_registered(access_level='unit')
        self.assertFalse(document.with_user(self.specialist).has_access('read'))
        document.with_user(self.leader)._assign([self.lead_task, self.inform_task])
        self.assertTrue(document.with_user(self.specialist).has_access('read'))
        self.assertTrue(document.with_user(self.other_specialist).has_access('read'))

    def test_more_units_can_be_added_but_no_second_lead(self):
        document = self._create_assigned().with_user(self.leader)
        with self.assertRaisesRegex(UserError, "only one lead"):
            document._assign([{**self.lead_task, 'unit': self.unit_finance}])
        document._assign([self.coordinate_task])
        self.assertEqual(document.unit_id, self.unit_culture)
        self.assertEqual(len(document.assignment_ids), 2)

    def test_only_the_next_person_is_reminded(self):
        self.assertFalse(self._get_activities(self._create_registered()), "the leader's list holds it")
        document = self._create_registered(urgency='urgent')
        self.assertEqual(self._get_activities(document).user_id, self.leader)
        document.with_user(self.leader)._assign([self.lead_task, self.inform_task])
        activities = self._get_activities(document)
        self.assertEqual(activities.user_id, self.unit_head)
        self.assertEqual(activities.date_deadline, date(2100, 1, 4))

    def test_reminders_send_no_mail(self):
        mails = self.env['mail.mail'].search_count([])
        self._create_assigned()
        self.assertEqual(self.env['mail.mail'].search_count([]), mails)

    def test_passing_a_document_on_makes_nobody_a_follower(self):
        document = self._create_assigned()
        self.assertFalse(document.sudo().message_follower_ids)

    def test_choosing_another_leader_moves_the_reminder(self):
        document = self._create_registered()
        other = self._create_person('deputy', 'leader', self.unit_culture)
        document.leader_id = other
        self.assertEqual(self._get_activities(document).user_id, other)

    def test_take_back_while_unread(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task, access_level='unit')
        document.with_user(self.leader).action_take_back()
        self.assertEqual(document.state, 'registered')
        self.assertFalse(document.unit_id)
        self.assertFalse(document.unit_ids)
        self.assertEqual(set(document.sudo().assignment_ids.mapped('state')), {'withdrawn'})
        self.assertFalse(document.with_user(self.specialist).has_access('read'))
        self.assertEqual(self._get_activities(document).user_id, self.leader)
        self.assertIn('withdrawal', self._get_events(document))

    def test_take_back_leaves_readers_that_the_clerk_had_named(self):
        document = self._create_registered(access_level='unit', unit_ids=self.unit_culture.ids)
        document.with_user(self.leader)._assign([self.lead_task])
        document.with_user(self.leader).action_take_back()
        self.assertEqual(document.unit_ids, self.unit_culture)

    def test_take_back_after_reading_is_refused(self):
        document = self._create_assigned()
        document.with_user(self.specialist).action_mark_read()
        with self.assertRaisesRegex(UserError, "already read"):
            document.with_user(self.leader).action_take_back()
        self.assertEqual(document.state, 'assigned')
        self.assertFalse(document.with_user(self.leader).can_take_back)

    def test_one_line_can_be_taken_back(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        document.with_user(self.specialist).action_mark_read()
        line = document.sudo().assignment_ids.filtered(lambda assignment: assignment.kind == 'coordinate')
        line.with_user(self.leader).sudo(False).action_take_back()
        self.assertEqual(line.state, 'withdrawn')
        self.assertEqual(document.state, 'assigned')
        self.assertEqual(document.unit_ids, self.unit_culture)

    def test_only_leaders_assign_and_take_back(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        for role in ('clerk', 'specialist', 'unit_head', 'archivist', 'manager', 'records_admin'):
            with self.subTest(role=role):
                user = self.users[role]
                with self.assertRaises(AccessError):
                    document.with_user(user).action_assign()
                with self.assertRaises(AccessError):
                    document.with_user(user)._assign([self.lead_task])
                with self.assertRaises(AccessError):
                    document.with_user(user).action_take_back()
        self.assertEqual(document.state, 'assigned')

    def test_leader_of_another_agency_cannot_assign(self):
        document = self._create_registered()
        with self.assertRaises(AccessError):
            document.with_user(self.foreign_leader).action_assign()
