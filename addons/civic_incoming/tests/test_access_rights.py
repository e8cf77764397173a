from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestAccessRights(CivicIncomingCommon):

    def test_nobody_writes_assignments_directly(self):
        document = self._create_assigned()
        assignment = document.sudo().assignment_ids
        for role, user in self.users.items():
            line = assignment.with_user(user).sudo(False)
            with self.subTest(role=role):
                with self.assertRaises(AccessError):
                    line.write({'state': 'done'})
                with self.assertRaises(AccessError):
                    line.unlink()
                with self.assertRaises(AccessError):
                    line.create({
                        'document_id': document.id, 'kind': 'inform', 'unit_id': self.unit_finance.id,
                        'assigned_by_id': user.id, 'assigned_at': '2025-03-05 00:00:00',
                    })

    def test_who_reads_an_assignment(self):
        """Role × access level: who may read the document may see who has it, nobody else."""
        readers = {
            'agency': set(self.users) | {'other_specialist'},
            'unit': {'specialist', 'unit_head', 'clerk', 'manager', 'leader', 'records_admin', 'archivist'},
            'restricted': {'specialist', 'clerk', 'leader', 'records_admin'},
        }
        people = {**self.users, 'other_specialist': self.other_specialist, 'foreign_clerk': self.foreign_clerk,
                  'foreign_leader': self.foreign_leader}
        for level, allowed in readers.items():
            task = {**self.lead_task, 'user': self.specialist}
            document = self._create_assigned(task, access_level=level, user_ids=self.leader.ids)
            assignment = document.sudo().assignment_ids
            for name, user in people.items():
                with self.subTest(level=level, user=name):
                    self.assertEqual(
                        assignment.with_user(user).sudo(False).has_access('read'), name in allowed)
                    self.assertEqual(document.with_user(user).has_access('read'), name in allowed)

    def test_wizards_are_for_those_who_may_act(self):
        document = self._create_assigned()
        with self.assertRaises(AccessError):
            self.env['civic.assign.wizard'].with_user(self.specialist).create({'document_ids': document.ids})
        with self.assertRaises(AccessError):
            self.env['civic.delegate.wizard'].with_user(self.specialist).create({
                'assignment_id': document.sudo().assignment_ids.id, 'user_id': self.specialist.id})
        wizard = self.env['civic.finish.wizard'].with_user(self.other_specialist).create({
            'assignment_id': document.sudo().assignment_ids.id, 'result': "Xong"})
        with self.assertRaises(AccessError):
            wizard.action_finish()
        self.assertEqual(document.state, 'assigned')

    def test_reason_wizard_reaches_allowed_methods_only(self):
        document = self._create_assigned()
        assignment = document.sudo().assignment_ids
        for model, record, method in (
            ('civic.assignment', assignment, '_finish'),
            ('civic.assignment', assignment, 'unlink'),
            ('civic.document', document, '_write_by_system'),
        ):
            with self.subTest(method=method), self.assertRaises(UserError):
                self.env['civic.reason.wizard'].with_user(self.specialist).create({
                    'res_model': model, 'res_ids': record.ids, 'method': method, 'reason': "Thử",
                }).action_confirm()
        self.assertEqual(assignment.state, 'pending')

    def test_reading_of_others_leaves_the_assignment_unread(self):
        document = self._create_assigned()
        for user in (self.clerk, self.leader, self.other_specialist, self.manager):
            if user.civic_unit_ids & self.unit_culture:
                self._get_employee(user).department_id = self.unit_finance
            document.with_user(user).action_mark_read()
        self.assertFalse(document.sudo().assignment_ids.read_at)

    def test_conversation_shows_its_followers_to_those_who_read_the_document(self):
        document = self._create_assigned(access_level='unit')
        document.sudo()._message_subscribe(self.leader.partner_id.ids)
        followers = document.sudo().message_follower_ids
        followers.invalidate_recordset()
        self.assertEqual(
            followers.with_user(self.specialist).sudo(False).mapped('partner_id'), self.leader.partner_id)
        with self.assertRaises(AccessError):
            followers.with_user(self.other_specialist).sudo(False).mapped('partner_id')


@tagged('post_install', '-at_install')
class TestAccessRpc(CivicIncomingCommon, HttpCase):
    """The same refusals over the wire, as the wrong person."""

    def _call(self, user, model, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': list(args), 'kwargs': kwargs})

    def test_wrong_person_is_refused_over_rpc(self):
        document = self._create_assigned()
        assignment = document.sudo().assignment_ids
        refused = [
            (self.clerk, 'civic.document', 'action_assign', [document.ids]),
            (self.specialist, 'civic.document', 'action_take_back', [document.ids]),
            (self.other_specialist, 'civic.document', 'action_start', [document.ids]),
            (self.other_specialist, 'civic.assignment', 'action_start', [assignment.ids]),
            (self.specialist, 'civic.document', 'action_return_to_sender', [document.ids]),
            (self.specialist, 'civic.assignment', 'write', [assignment.ids, {'state': 'done'}]),
            (self.leader, 'civic.assignment', 'write', [assignment.ids, {'deadline': '2100-12-31'}]),
            (self.foreign_leader, 'civic.document', 'action_assign', [document.ids]),
            (self.foreign_leader, 'civic.assignment', 'read', [assignment.ids, ['instruction']]),
            (self.clerk, 'civic.document', 'write', [document.ids, {'state': 'done'}]),
        ]
        for user, model, method, args in refused:
            with (
                self.subTest(user=user.login, method=method),
                mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "AccessError|UserError"),
            ):
                self._call(user, model, method, *args)
        self.assertEqual(assignment.state, 'pending')

    def test_private_acts_have_no_door(self):
        document = self._create_assigned()
        for model, method in (
            ('civic.document', '_assign'), ('civic.document', '_move_to'), ('civic.assignment', '_finish'),
        ):
            with (
                self.subTest(method=method),
                mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "AccessError"),
            ):
                self._call(self.leader, model, method, document.ids)

    def test_right_person_gets_through(self):
        document = self._create_assigned()
        self._call(self.specialist, 'civic.document', 'action_start', document.ids)
        document.invalidate_recordset()
        self.assertEqual(document.state, 'handling')
