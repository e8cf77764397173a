from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicDocumentCommon


class AccessChangeCommon(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['civic.access.change'].sudo().search([]).activity_ids.unlink()
        cls.second_admin = cls._create_person('second_admin', 'records_admin', cls.unit_culture)
        cls.document = cls._create_registered(access_level='unit', unit_id=cls.unit_culture.id)
        cls.system = cls._create_person('system', 'records_admin', cls.unit_culture)
        cls.system.group_ids += cls.env.ref('base.group_system')
        cls.env.cr.precommit.run()

    def _get_changes(self, target):
        self.env.cr.precommit.run()
        name = 'document_id' if target._name == 'civic.document' else 'user_id'
        return self.env['civic.access.change'].search([(name, '=', target.id)])

    def _open(self, **values):
        """Let the clerk open the document to the finance unit."""
        self.document.with_user(self.clerk).write(values or {'unit_ids': [Command.link(self.unit_finance.id)]})
        return self._get_changes(self.document)[:1]

    def _get_lines(self, target, event_type):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', target._name), ('res_id', '=', target.id), ('event_type', '=', event_type)])


@tagged('post_install', '-at_install')
class TestAccessChange(AccessChangeCommon):
    """Decree 30/2020, Annex VI, III.3.c."""

    def test_a_change_of_readers_raises_an_alarm(self):
        change = self._open()
        self.assertRecordValues(change, [{
            'kind': 'document', 'state': 'open', 'changed_by_id': self.clerk.id, 'company_id': self.agency.id}])
        self.assertEqual(change.description, "Units concerned: – → Phòng Tài chính")
        for person in (self.specialist, self.clerk, self.records_admin):
            self.assertIn("Phòng Tài chính", self.document.with_user(person).access_alarm)

    def test_each_way_of_opening_a_document_is_seen(self):
        for values in (
            {'access_level': 'agency'},
            {'access_level': 'restricted', 'user_ids': [Command.link(self.leader.id)]},
            {'access_level': 'unit', 'user_ids': [Command.set(self.other_specialist.ids)]},
            {'unit_id': self.unit_finance.id},
        ):
            with self.subTest(values=values):
                document = self._create_registered(access_level='unit', unit_id=self.unit_culture.id)
                document.write(values)
                self.assertEqual(self._get_changes(document).state, 'open')

    def test_what_lets_nobody_else_read_raises_none(self):
        document = self._create_registered()
        document.write({'unit_ids': [Command.link(self.unit_finance.id)]})      # everybody reads it already
        document.write({'access_level': 'agency', 'subject': "Đổi trích yếu"})
        self.assertFalse(self._get_changes(document))

    def test_drafts_and_acts_of_the_system_raise_none(self):
        draft = self._create_document(access_level='unit', unit_id=self.unit_culture.id)
        draft.access_level = 'agency'
        self.assertFalse(self._get_changes(draft))
        self.document._write_by_system({'unit_ids': [Command.link(self.unit_finance.id)]})
        self.assertFalse(self._get_changes(self.document))

    def test_a_competent_person_is_called_and_not_who_made_the_change(self):
        change = self._open()
        self.assertEqual(change.activity_ids.user_id, self.records_admin)
        self.records_admin.group_ids += self.env.ref('civic_base.group_clerk')
        document = self._create_registered(self.records_admin, access_level='unit', unit_id=self.unit_culture.id)
        document.access_level = 'agency'
        self.assertEqual(self._get_changes(document).activity_ids.user_id, self.second_admin)

    def test_confirming_ends_the_alarm(self):
        change = self._open()
        change.with_user(self.manager).action_confirm()
        self.assertRecordValues(change, [{'state': 'confirmed', 'decided_by_id': self.manager.id}])
        self.assertTrue(change.decided_at)
        self.document.invalidate_recordset()
        self.assertFalse(self.document.access_alarm)
        self.assertFalse(change.activity_ids)
        self.assertEqual(len(self._get_lines(self.document, 'approval')), 1)
        self.assertIn(self.unit_finance, self.document.unit_ids)

    def test_nobody_confirms_the_own_change(self):
        self.records_admin.group_ids += self.env.ref('civic_base.group_clerk')
        document = self._create_registered(self.records_admin, access_level='unit', unit_id=self.unit_culture.id)
        document.access_level = 'agency'
        change = self._get_changes(document).with_user(self.records_admin)
        self.assertFalse(change.can_decide)
        for act in (change.action_confirm, change.action_reject, lambda: change._apply_reason('_reject', "x")):
            with self.assertRaisesRegex(AccessError, "another competent person"):
                act()
        self.assertEqual(change.state, 'open')
        change.with_user(self.second_admin).action_confirm()
        self.assertEqual(change.state, 'confirmed')

    def test_others_neither_see_nor_decide(self):
        change = self._open()
        for person in (self.specialist, self.clerk, self.leader, self.unit_head, self.foreign_leader):
            with self.subTest(person=person.login):
                theirs = change.with_user(person).with_context(allowed_company_ids=person.company_ids.ids)
                self.assertFalse(theirs.has_access('read'))
                for act in (theirs.action_confirm, theirs.action_reject, lambda theirs=theirs: theirs._reject("x")):
                    with self.assertRaises(AccessError):
                        act()
        foreign_admin = self._create_person('foreign_admin', 'records_admin', self.foreign_unit)
        with self.assertRaises(AccessError):
            change.with_user(foreign_admin).with_company(self.other_agency).action_confirm()
        self.assertEqual(change.state, 'open')

    def test_a_manager_does_not_see_changes_of_what_only_named_people_read(self):
        change = self._open(access_level='restricted', user_ids=[Command.link(self.leader.id)])
        self.assertFalse(change.with_user(self.manager).has_access('read'))
        self.assertTrue(change.with_user(self.records_admin).can_decide)

    def test_lines_are_written_by_nobody(self):
        change = self._open()
        for person in (self.records_admin, self.manager):
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(change.with_user(person).has_access(operation))
        with self.assertRaises(UserError):
            change.unlink()

    def test_rejecting_brings_the_old_readers_back(self):
        change = self._open(access_level='restricted', user_ids=[Command.link(self.leader.id)])
        action = change.with_user(self.records_admin).action_reject()
        self.assertEqual(action['res_model'], 'civic.reason.wizard')
        wizard = self.env['civic.reason.wizard'].with_user(self.records_admin).with_context(
            action['context']).create({'reason': "Không đúng thẩm quyền"})
        wizard.action_confirm()
        self.assertRecordValues(self.document, [{
            'access_level': 'unit', 'unit_id': self.unit_culture.id, 'user_ids': []}])
        self.assertRecordValues(change, [{'state': 'reverted', 'reason': "Không đúng thẩm quyền"}])
        self.assertEqual(self._get_changes(self.document), change, "undoing raises no alarm of its own")
        line = self._get_lines(self.document, 'modification')[0]
        self.assertEqual(line.user_id, self.records_admin)
        self.assertIn("Không đúng thẩm quyền", line.detail)

    def test_an_older_change_is_not_undone_under_a_newer_one(self):
        first = self._open()
        self.document.with_user(self.clerk).unit_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "changed again since"):
            first.with_user(self.records_admin)._apply_reason('_reject', "Sai")
        self.assertEqual(first.state, 'open')
        second = self._get_changes(self.document) - first
        (first | second).with_user(self.records_admin)._apply_reason('_reject', "Sai cả hai")
        self.assertFalse(self.document.unit_ids)
        self.assertEqual(set((first | second).mapped('state')), {'reverted'})

    def test_a_decision_is_made_once_and_needs_a_reason_to_reject(self):
        change = self._open().with_user(self.records_admin)
        with self.assertRaises(UserError):
            change._apply_reason('_reject', "  ")
        change.action_confirm()
        for act in (change.action_confirm, lambda: change._apply_reason('_reject', "Muộn")):
            with self.assertRaisesRegex(UserError, "already decided"):
                act()

    def test_many_changes_at_once_ask_little_more_than_a_few(self):
        documents = self.env['civic.document']
        for _number in range(14):
            documents |= self._create_registered(access_level='unit', unit_id=self.unit_culture.id)
        self.env.flush_all()
        counts = []
        for some in (documents[:2], documents[2:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.clerk).write({'access_level': 'agency'})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        changes = self.env['civic.access.change'].search([('document_id', 'in', documents.ids)])
        self.assertEqual(len(changes), 14)
        self.assertEqual(changes.activity_ids.user_id, self.records_admin)
        # beyond the inserts (line, activity, follower of each), the number of documents costs nothing
        self.assertLessEqual(counts[1] - counts[0], 3 * 10)

    def test_many_are_confirmed_at_once_with_as_many_queries_as_a_few(self):
        documents = self.env['civic.document']
        for _number in range(12):
            documents |= self._create_registered(access_level='unit', unit_id=self.unit_culture.id)
        documents.with_user(self.clerk).write({'access_level': 'agency'})
        self.env.flush_all()
        changes = self.env['civic.access.change'].search([('document_id', 'in', documents.ids)])
        self.assertEqual(len(changes), 12)
        counts = []
        for some in (changes[:2], changes[2:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.records_admin).action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)


@tagged('post_install', '-at_install')
class TestAccessChangeOfPeople(AccessChangeCommon):
    """Annex VI, III.3.c and IV.1.đ: the rights of a person."""

    def _grant(self, role='leader'):
        self.specialist.with_user(self.system).write({
            'group_ids': [Command.link(self.env.ref(f'civic_base.group_{role}').id)]})
        return self._get_changes(self.specialist)

    def test_a_new_role_raises_an_alarm(self):
        change = self._grant()
        self.assertRecordValues(change, [{
            'kind': 'user', 'state': 'open', 'changed_by_id': self.system.id, 'company_id': self.agency.id}])
        self.assertIn("Agency Leader", change.description)
        self.assertIn("Agency Leader", self.specialist.with_user(self.system).civic_access_alarm)
        self.assertEqual(len(self._get_lines(self.specialist, 'configuration')), 1)
        self.assertEqual(change.activity_ids.user_id, self.records_admin)

    def test_a_change_that_is_taken_back_at_once_raises_none(self):
        role = self.env.ref('civic_base.group_leader')
        self.specialist.with_user(self.system).write({'group_ids': [Command.link(role.id)]})
        self.specialist.with_user(self.system).write({'group_ids': [Command.unlink(role.id)]})
        self.assertFalse(self._get_changes(self.specialist))

    def test_a_right_given_by_way_of_the_group_is_seen(self):
        self.env.ref('civic_base.group_leader').with_user(self.system).write({
            'user_ids': [Command.link(self.specialist.id)]})
        self.assertIn("Agency Leader", self._get_changes(self.specialist).description)

    def test_a_right_given_by_way_of_another_group_is_seen(self):
        self.env['res.groups'].with_user(self.system).create({
            'name': "Cửa sau", 'implied_ids': [Command.link(self.env.ref('civic_base.group_leader').id)],
            'user_ids': [Command.link(self.specialist.id)]})
        self.assertIn("Agency Leader", self._get_changes(self.specialist).description)

    def test_another_unit_raises_an_alarm(self):
        employee = self.env['hr.employee'].with_user(self.system).sudo().search([('user_id', '=', self.specialist.id)])
        employee.department_id = self.unit_finance
        change = self._get_changes(self.specialist)
        self.assertIn("Phòng Văn xã → Phòng Tài chính", change.description)
        change.with_user(self.records_admin)._apply_reason('_reject', "Chưa có quyết định")
        self.assertEqual(employee.department_id, self.unit_culture)
        self.assertEqual(self.specialist.civic_unit_ids, self.unit_culture)

    def test_heading_a_unit_raises_an_alarm_that_is_undone_there(self):
        employee = self.env['hr.employee'].search([('user_id', '=', self.specialist.id)])
        self.unit_finance.with_user(self.system).sudo().manager_id = employee
        change = self._get_changes(self.specialist)
        self.assertIn("Phòng Tài chính", change.description)
        with self.assertRaisesRegex(UserError, "undo the change there"):
            change.with_user(self.records_admin)._apply_reason('_reject', "Sai")

    def test_another_agency_is_asked(self):
        self.specialist.with_user(self.system).company_ids = self.agency + self.other_agency
        change = self._get_changes(self.specialist)
        self.assertEqual(change.company_id, self.other_agency)
        self.assertIn("Sở Văn hóa Hoa Phượng", change.description)
        self.assertFalse(change.with_user(self.records_admin).has_access('read'))

    def test_a_new_account_raises_an_alarm(self):
        user = self.env['res.users'].with_user(self.system).create({
            'name': "Người mới", 'login': 'town_new', 'company_id': self.agency.id,
            'company_ids': [Command.set(self.agency.ids)],
            'group_ids': [Command.set(self.env.ref('civic_base.group_clerk').ids)]})
        change = self._get_changes(user)
        self.assertIn("Records Clerk", change.description)
        change.with_user(self.records_admin)._apply_reason('_reject', "Không rõ là ai")
        self.assertFalse(user.active)
        self.assertFalse(user.has_group('civic_base.group_clerk'))

    def test_rejecting_takes_the_role_away(self):
        change = self._grant()
        change.with_user(self.records_admin)._apply_reason('_reject', "Chưa được bổ nhiệm")
        self.assertFalse(self.specialist.has_group('civic_base.group_leader'))
        self.assertTrue(self.specialist.has_group('civic_base.group_specialist'))
        self.assertEqual(change.state, 'reverted')
        self.assertEqual(self._get_changes(self.specialist), change, "undoing raises no alarm of its own")
        self.assertFalse(self.specialist.with_user(self.system).civic_access_alarm)

    def test_neither_who_gave_nor_who_got_the_right_confirms(self):
        change = self._grant('records_admin')
        for person in (self.system, self.specialist):
            with self.subTest(person=person.login), self.assertRaisesRegex(AccessError, "another competent person"):
                change.with_user(person).action_confirm()
        change.with_user(self.manager).action_confirm()
        self.assertEqual(change.state, 'confirmed')

    def test_citizens_and_what_gives_no_right_raise_none(self):
        citizen = self.env['res.users'].with_user(self.system).create({
            'name': "Công dân", 'login': 'town_portal_new',
            'group_ids': [Command.set(self.env.ref('base.group_portal').ids)]})
        self.assertFalse(self._get_changes(citizen))
        self.specialist.with_user(self.system).write({'name': "Tên mới"})
        self.assertFalse(self._get_changes(self.specialist))


@tagged('post_install', '-at_install')
class TestAccessChangeRpc(AccessChangeCommon, HttpCase):

    def _call(self, user, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/civic.access.change/{method}', {
            'model': 'civic.access.change', 'method': method, 'args': list(args), 'kwargs': kwargs})

    def test_only_the_competent_person_decides_over_rpc(self):
        change = self._open()
        for user, method, arguments in (
            (self.clerk, 'action_confirm', [change.ids]),
            (self.clerk, 'action_reject', [change.ids]),
            (self.specialist, 'read', [change.ids, ['changes']]),
            (self.records_admin, 'write', [change.ids, {'state': 'confirmed'}]),
            (self.records_admin, '_confirm', [change.ids]),
            (self.records_admin, 'create', [[{'kind': 'user'}]]),
            (self.records_admin, 'unlink', [change.ids]),
        ):
            with self.subTest(user=user.login, method=method), mute_logger('odoo.http'), \
                    self.assertRaises(JsonRpcException) as caught:
                self._call(user, method, *arguments)
            self.assertIn('AccessError', str(caught.exception))
        change.invalidate_recordset()
        self.assertEqual(change.state, 'open')
        self._call(self.records_admin, 'action_confirm', change.ids)
        change.invalidate_recordset()
        self.assertRecordValues(change, [{'state': 'confirmed', 'decided_by_id': self.records_admin.id}])

    def test_a_change_over_rpc_raises_the_alarm_when_it_is_saved(self):
        self.authenticate(self.system.login, self.system.login)
        self.make_jsonrpc_request('/web/dataset/call_kw/res.users/write', {
            'model': 'res.users', 'method': 'write', 'kwargs': {}, 'args': [
                self.specialist.ids, {'group_ids': [[4, self.env.ref('civic_base.group_leader').id]]}]})
        self.assertEqual(self._get_changes(self.specialist).state, 'open')
