from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicOutgoingCommon

# Who reads a draft of the culture unit that the unit may read: its people, the records office, those above.
READERS = {'specialist', 'unit_head', 'clerk', 'archivist', 'leader', 'manager', 'records_admin', 'deputy'}
PEOPLE = (*sorted(READERS), 'other_specialist', 'finance_head', 'foreign_clerk', 'foreign_leader')


@tagged('post_install', '-at_install')
class TestOutgoingAccess(CivicOutgoingCommon, HttpCase):

    def test_a_draft_is_read_by_its_unit_and_those_above_and_so_are_its_parts(self):
        document = self._create_issued(recipient_ids=[(0, 0, {'partner_id': self.ministry.id, 'channel': 'post'})])
        parts = [document, document.version_ids, document.recipient_ids, document.dispatch_ids, document.content_ids]
        for login in PEOPLE:
            user = getattr(self, login)
            for part in parts:
                records = part.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
                with self.subTest(login=login, model=part._name):
                    self.assertEqual(records.has_access('read'), login in READERS)
                    if login not in READERS:
                        records.invalidate_recordset()
                        with self.assertRaises(AccessError):
                            records.read(['display_name'])

    def test_who_is_asked_reads_a_draft_of_another_unit(self):
        route = self.env['civic.route'].with_user(self.records_admin).create({
            'name': "Ý kiến", 'company_id': self.agency.id, 'direction': 'outgoing',
            'version_ids': [(0, 0, {'step_ids': [(0, 0, {
                'name': "Ý kiến tài chính", 'kind': 'opinion', 'actor': 'unit_head', 'unit_id': self.unit_finance.id})]})]})
        route.version_ids._publish(self.env['civic.document']._today())
        document = self._create_submitted()
        self.assertTrue(document.with_user(self.finance_head).has_access('read'))
        self.assertFalse(document.with_user(self.other_specialist).has_access('read'))

    @mute_logger('odoo.http')
    def test_over_rpc_nobody_signs_numbers_or_issues_for_others(self):
        document = self._create_to_sign()
        for login, method in (
            ('town_specialist', 'action_sign'), ('town_deputy', 'action_sign'), ('town_foreign_leader', 'action_sign'),
            ('town_leader', 'action_number'), ('town_specialist', 'action_issue'), ('town_leader', 'action_recall'),
        ):
            self.authenticate(login, login)
            with self.subTest(login=login, method=method), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request('/web/dataset/call_kw', {
                    'model': 'civic.document', 'method': method, 'args': [document.ids], 'kwargs': {}})
        document.invalidate_recordset()
        self.assertEqual(document.state, 'review')
        self.authenticate('town_specialist', 'town_specialist')
        for values in ({'state': 'signed'}, {'signed_by_id': self.leader.id}, {'approved_at': '2026-01-01 00:00:00'},
                       {'dispatch_ids': [[5]]}, {'current_version_id': False}):
            with self.subTest(values), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request('/web/dataset/call_kw', {
                    'model': 'civic.document', 'method': 'write', 'args': [document.ids, values], 'kwargs': {}})

    def test_nobody_creates_a_signed_or_numbered_document(self):
        for values in ({'state': 'signed'}, {'signed_at': '2026-01-01 00:00:00'}, {'register_number': 5}):
            with self.subTest(values), self.assertRaises(AccessError):
                self._create_draft(**values)
        context = {f'default_{name}': value for name, value in (
            ('state', 'signed'), ('signed_by_id', self.leader.id), ('approved_by_id', self.leader.id))}
        document = self.env['civic.document'].with_user(self.specialist).with_context(**context).create(
            self._prepare_draft())
        self.assertRecordValues(document, [{'state': 'draft', 'signed_by_id': False, 'approved_by_id': False}])

    def test_a_draft_is_not_turned_into_something_else(self):
        """Else a specialist would put papers into the clerk's queue, or into another agency."""
        document = self._create_draft()
        for values in ({'direction': 'incoming'}, {'company_id': self.other_agency.id}, {'drafter_id': False}):
            with self.subTest(values), self.assertRaises(AccessError):
                document.with_user(self.specialist).write(values)
        self.assertRecordValues(document, [{
            'direction': 'outgoing', 'company_id': self.agency.id, 'drafter_id': self.specialist.id}])
        with self.assertRaises(AccessError):
            self.env['civic.document'].with_user(self.specialist).create({
                'direction': 'incoming', 'company_id': self.agency.id, 'subject': "Việc khác"})

    def test_recipients_of_what_one_may_not_write_are_not_written(self):
        document = self._create_draft()
        line = document.recipient_ids[:1]
        for user in (self.other_specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    line.with_user(user).write({'name': "Khác"})
                with self.assertRaises(AccessError):
                    self.env['civic.document.recipient'].with_user(user).create({
                        'document_id': document.id, 'name': "Thêm"})
