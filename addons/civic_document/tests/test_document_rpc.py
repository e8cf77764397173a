from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestDocumentRpc(CivicDocumentCommon, HttpCase):
    """What a person can try from outside, with nothing but a log-in and the programming interface."""

    def _call(self, user, method, *args, model='civic.document', **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': list(args), 'kwargs': kwargs})

    def _assert_refused(self, name, user, method, *args, **kwargs):
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException) as caught:
            self._call(user, method, *args, **kwargs)
        self.assertIn(name, str(caught.exception))

    def test_a_clerk_registers_but_never_writes_the_state(self):
        document = self._create_document()
        for values in ({'state': 'registered'}, {'state': 'cancelled'}, {'register_number': 5}, {'register_label': '05'}):
            for context in ({}, {'civic_document_token': True}, {'civic_document_token': 'object'}):
                with self.subTest(values=values, context=context):
                    self._assert_refused(
                        'AccessError', self.clerk, 'write', document.ids, values, context=context)
        self._call(self.clerk, 'action_register', document.ids)
        document.invalidate_recordset()
        self.assertRecordValues(document, [{'state': 'registered', 'register_number': 1}])
        self._assert_refused('UserError', self.clerk, 'write', document.ids, {'code_number': '9'})
        self._assert_refused('UserError', self.clerk, 'unlink', document.ids)

    def test_no_document_is_created_with_a_number(self):
        for values in ({'state': 'registered'}, {'register_number': 5}, {'registered_by_id': self.clerk.id}):
            with self.subTest(values=values):
                self._assert_refused('AccessError', self.clerk, 'create', [{'subject': "Văn bản", **values}])
        document = self.env['civic.document'].browse(self._call(
            self.clerk, 'create', [{'subject': "Văn bản"}], context={
                'default_state': 'registered', 'default_register_number': 7, 'default_register_label': '07',
                'default_registered_by_id': self.clerk.id, 'default_identifier': 'mine'}))
        self.assertRecordValues(document, [{
            'state': 'draft', 'register_number': 0, 'register_label': False, 'registered_by_id': False}])
        self.assertNotEqual(document.identifier, 'mine')

    def test_inner_methods_cannot_be_called(self):
        document = self._create_document()
        for method, arguments in (
            ('_move_to', ['registered']), ('_register_documents', []), ('_write_by_system', [{'state': 'cancelled'}]),
            ('_cancel', ["x"]), ('_correct', [{'code_number': '1'}, "x"]), ('_apply_reason', ['unlink', "x"]),
            ('_refuse_secret', ['x', 'civic.document']), ('_draw_numbers', []),
        ):
            with self.subTest(method=method):
                self._assert_refused('AccessError', self.clerk, method, document.ids, *arguments)
        document.invalidate_recordset()
        self.assertEqual(document.state, 'draft')

    def test_the_reason_wizard_calls_nothing_else(self):
        document = self._create_document()
        for method in ('unlink', 'sudo', '_move_to', '_write_by_system', 'action_register'):
            with self.subTest(method=method):
                wizard = self._call(self.clerk, 'create', [{
                    'res_model': 'civic.document', 'res_ids': document.ids, 'method': method, 'reason': "x"}],
                    model='civic.reason.wizard')
                self._assert_refused('UserError', self.clerk, 'action_confirm', wizard, model='civic.reason.wizard')
        self.assertTrue(document.exists())
        document.invalidate_recordset()
        self.assertEqual(document.state, 'draft')

    def test_others_neither_register_nor_read_what_is_not_theirs(self):
        document = self._create_document(access_level='restricted', user_ids=[Command.link(self.other_specialist.id)])
        document.message_post(body="Ý kiến riêng", message_type='comment')
        for user in (self.specialist, self.manager, self.foreign_clerk, self.foreign_leader):
            with self.subTest(user=user.login):
                self.assertEqual(self._call(user, 'search', [('id', '=', document.id)]), [])
                self.assertEqual(self._call(
                    user, 'web_search_read', [('id', '=', document.id)], {'subject': {}})['records'], [])
                for method, arguments in (
                    ('read', [['subject']]), ('action_register', []), ('action_cancel', []), ('copy', []),
                    ('action_open_journal', []), ('write', [{'subject': "x"}]),
                ):
                    with self.subTest(method=method):
                        self._assert_refused('AccessError', user, method, document.ids, *arguments)
                self.assertEqual(self._call(
                    user, 'search_count', [('model', '=', 'civic.document'), ('res_id', '=', document.id)],
                    model='mail.message'), 0)
        document.invalidate_recordset()
        self.assertEqual(document.state, 'draft')

    def test_a_secret_leaves_nothing_behind(self):
        """Rule 57, over the programming interface."""
        self._assert_refused('SecretRefused', self.clerk, 'create', [{'subject': "TỐI MẬT: phòng thủ"}])
        self._assert_refused('SecretRefused', self.clerk, 'create', [{'subject': "Kế hoạch", 'secrecy': 'secret'}])
        self._assert_refused(
            'SecretRefused', self.clerk, 'create', [{'subject': "Kế hoạch phòng thủ"}], context={'default_secrecy': 'secret'})
        self._assert_refused(
            'SecretRefused', self.clerk, 'create', [{'description': "x"}], context={'default_subject': "MẬT: phòng thủ"})
        self.assertFalse(self.env['civic.document'].search([('subject', 'like', "phòng thủ")]))

    def test_journal_lines_cannot_be_written(self):
        self._create_document()
        line = self.env['civic.journal.entry'].search([], limit=1)
        for user in (self.clerk, self.records_admin):
            for method, arguments in (('write', [{'detail': 'x'}]), ('unlink', [])):
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(
                        AccessError.__name__, user, method, line.ids, *arguments, model='civic.journal.entry')
