from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon

LATER = date(2100, 1, 20)


@tagged('post_install', '-at_install')
class TestExtension(CivicIncomingCommon):

    def _ask(self, document, user=None, day=LATER):
        return document.with_user(user or self.specialist)._get_own_assignment()._ask_extension(
            day, "Chờ ý kiến các đơn vị")

    def test_handler_asks_and_the_leader_gives_time(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        action = document.with_user(self.specialist).action_ask_extension()
        with Form(self.env['civic.extension.wizard'].with_user(self.specialist).with_context(**action['context'])) as form:
            form.proposed_date = LATER
            form.reason = "Chờ ý kiến các đơn vị"
        form.record.action_ask()
        extension = document.extension_ids
        self.assertRecordValues(extension, [{
            'state': 'asked', 'asked_by_id': self.specialist.id, 'current_deadline': date(2100, 1, 4),
            'proposed_date': LATER}])
        self.assertTrue(document.waits_for_decision)
        self.assertEqual(document.deadline, date(2100, 1, 4), "nothing moves before the leader says so")
        document.with_user(self.leader).action_approve()
        self.assertEqual((extension.state, extension.decided_by_id), ('approved', self.leader))
        self.assertEqual(document.deadline, LATER)
        self.assertEqual(
            set(document.sudo().assignment_ids.mapped('deadline')), {LATER}, "co-ordinators of the same day follow")
        self.assertEqual(self._get_activities(document, self.unit_head).date_deadline, LATER)
        self.assertFalse(document.waits_for_decision)
        self.assertEqual(self._get_events(document)[-2:], ['modification', 'approval'])

    def test_earlier_deadline_of_a_coordinator_stays(self):
        document = self._create_assigned(
            self.lead_task, {**self.coordinate_task, 'deadline': date(2100, 1, 2)})
        self._ask(document).with_user(self.leader).sudo(False).action_approve()
        lines = document.sudo().assignment_ids.sorted('deadline')
        self.assertEqual(lines.mapped('deadline'), [date(2100, 1, 2), LATER])

    def test_leader_refuses_with_a_reason(self):
        document = self._create_assigned()
        extension = self._ask(document)
        action = document.with_user(self.leader).action_refuse()
        self.env['civic.reason.wizard'].with_user(self.leader).with_context(**action['context']).create(
            {'reason': "Việc gấp"}).action_confirm()
        self.assertRecordValues(extension, [{
            'state': 'refused', 'note': "Việc gấp", 'decided_by_id': self.leader.id}])
        self.assertEqual(document.deadline, date(2100, 1, 4))
        # refused once, it may be asked again, and the history stays
        self._ask(document)
        document.invalidate_recordset()
        self.assertEqual(document.extension_ids.mapped('state'), ['asked', 'refused'])

    def test_only_one_request_at_a_time(self):
        document = self._create_assigned()
        extension = self._ask(document)
        with self.assertRaisesRegex(UserError, "already been asked"):
            self._ask(document)
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.UniqueViolation):
            extension.copy({})

    def test_dates_that_bring_nothing_are_refused(self):
        document = self._create_assigned(self.lead_task, self.coordinate_task)
        for day in (date(2100, 1, 4), date(2099, 12, 1), False):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "after the present deadline"):
                self._ask(document, day=day)
        with self.assertRaisesRegex(UserError, "cannot be after that of the lead"):
            self._ask(document, user=self.other_specialist)
        with self.assertRaisesRegex(UserError, "why more time"):
            document.with_user(self.specialist)._get_own_assignment()._ask_extension(LATER, " ")
        self.assertFalse(document.extension_ids)

    def test_after_the_deadline_only_where_the_agency_allows_it(self):
        document = self._create_assigned()
        document.sudo().assignment_ids.deadline = date(2025, 3, 10)
        with self.assertRaisesRegex(UserError, "already passed"):
            self._ask(document)
        self.agency.incoming_extend_overdue = True
        self.assertEqual(self._ask(document).state, 'asked')

    def test_secret_reason_is_refused(self):
        document = self._create_assigned()
        with self.assertRaisesRegex(UserError, "state secrets"):
            document.with_user(self.specialist)._get_own_assignment()._ask_extension(LATER, "Độ mật: TỐI MẬT")

    def test_wrong_people_neither_ask_nor_decide(self):
        document = self._create_assigned()
        line = document.sudo().assignment_ids
        for user in (self.other_specialist, self.finance_head, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).sudo(False)._ask_extension(LATER, "Thử")
        extension = self._ask(document)
        for user in (self.specialist, self.unit_head, self.clerk, self.manager, self.foreign_leader):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    extension.with_user(user).sudo(False)._approve()
                with self.assertRaises(AccessError):
                    extension.with_user(user).sudo(False)._refuse("Không")
                with self.assertRaises(AccessError):
                    extension.with_user(user).sudo(False).write({'state': 'approved'})
        self.assertEqual(extension.state, 'asked')

    def test_what_ended_needs_no_more_time(self):
        document = self._create_assigned()
        extension = self._ask(document)
        document.with_user(self.specialist)._get_own_assignment()._finish("Xong sớm")
        self.assertEqual(extension.state, 'void')
        with self.assertRaisesRegex(UserError, "already"):
            extension.with_user(self.leader).sudo(False)._approve()
        self.assertFalse(document.waits_for_decision)

    def test_returned_document_asks_for_nothing(self):
        document = self._create_assigned()
        extension = self._ask(document)
        document.with_user(self.specialist)._get_own_assignment()._return_to_leader("Không thuộc chức năng")
        self.assertEqual(extension.state, 'void')


@tagged('post_install', '-at_install')
class TestExtensionRpc(CivicIncomingCommon, HttpCase):

    def test_wrong_person_is_refused_over_rpc(self):
        document = self._create_assigned()
        extension = document.with_user(self.specialist)._get_own_assignment()._ask_extension(LATER, "Chờ ý kiến")
        refused = [
            (self.specialist, 'civic.deadline.extension', 'action_approve', [extension.ids]),
            (self.unit_head, 'civic.deadline.extension', 'action_refuse', [extension.ids]),
            (self.clerk, 'civic.deadline.extension', 'write', [extension.ids, {'state': 'approved'}]),
            (self.leader, 'civic.deadline.extension', 'write', [extension.ids, {'proposed_date': '2100-02-01'}]),
            (self.leader, 'civic.deadline.extension', 'unlink', [extension.ids]),
            (self.foreign_leader, 'civic.deadline.extension', 'read', [extension.ids, ['reason']]),
            (self.foreign_leader, 'civic.deadline.extension', 'action_approve', [extension.ids]),
            (self.other_specialist, 'civic.assignment', 'action_ask_extension', [document.sudo().assignment_ids.ids]),
            (self.leader, 'civic.assignment', '_ask_extension', [document.sudo().assignment_ids.ids]),
        ]
        for user, model, method, args in refused:
            self.authenticate(user.login, user.login)
            with (
                self.subTest(user=user.login, method=method), mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "AccessError"),
            ):
                self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
                    'model': model, 'method': method, 'args': args, 'kwargs': {}})
        self.assertEqual(extension.state, 'asked')
