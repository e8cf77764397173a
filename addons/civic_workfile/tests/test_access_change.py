from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestAccessChange(CivicWorkfileCommon):
    """Decree 30/2020, Annex VI, III.3.c: an alarm for each file whose readers change, until a competent person decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workfile = cls._create_workfile()
        cls._create_many(cls.workfile, 1)

    def _get_changes(self, workfile):
        return self.env['civic.access.change'].search([('workfile_id', '=', workfile.id)])

    def _open(self, **values):
        """Let the maker open the file to another unit, or as the values say."""
        self.workfile.with_user(self.specialist).write(values or {'unit_ids': [Command.link(self.unit_finance.id)]})
        return self._get_changes(self.workfile)[:1]

    def test_a_change_of_readers_raises_an_alarm(self):
        change = self._open()
        self.assertRecordValues(change, [{
            'kind': 'workfile', 'state': 'open', 'changed_by_id': self.specialist.id, 'company_id': self.agency.id}])
        self.assertEqual(change.description, "Units concerned: – → Phòng Tài chính")
        self.assertEqual(change.target, self.workfile.display_name)
        self.assertEqual(change.activity_ids.user_id, self.records_admin)
        for person in (self.specialist, self.clerk, self.records_admin):
            self.assertIn("Phòng Tài chính", self.workfile.with_user(person).access_alarm)
        action = self.workfile.with_user(self.manager).action_open_access_changes()
        self.assertEqual(self.env['civic.access.change'].with_user(self.manager).search(action['domain']), change)
        self.assertEqual(change.with_user(self.records_admin).action_open_target()['res_model'], 'civic.workfile')

    def test_each_way_of_opening_a_file_is_seen(self):
        for values in (
            {'access_level': 'agency'}, {'access_level': 'restricted'}, {'user_ids': [Command.link(self.other_specialist.id)]},
            {'unit_id': self.unit_finance.id}, {'user_id': self.other_specialist.id},
        ):
            with self.subTest(values=values):
                workfile = self._create_workfile()
                self._create_many(workfile, 1)
                workfile.write(values)
                self.assertEqual(self._get_changes(workfile).state, 'open')

    def test_empty_files_and_what_lets_nobody_else_in_raise_none(self):
        empty = self._create_workfile()
        empty.access_level = 'agency'
        self.assertFalse(self._get_changes(empty))
        self.workfile.with_user(self.specialist).write({'access_level': 'unit', 'title': "Tên khác"})
        self.assertFalse(self._get_changes(self.workfile))

    def test_confirming_ends_the_alarm_and_nobody_confirms_the_own_change(self):
        self._open()
        self.workfile.with_user(self.records_admin).access_level = 'agency'
        own, theirs = self._get_changes(self.workfile)
        with self.assertRaisesRegex(AccessError, "another competent person"):
            own.with_user(self.records_admin).action_confirm()
        for person in (self.specialist, self.unit_head, self.leader, self.foreign_leader):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                theirs.with_user(person).with_context(allowed_company_ids=person.company_ids.ids).action_confirm()
        (own | theirs).with_user(self.manager).action_confirm()
        self.assertFalse(self.workfile.access_alarm)
        self.assertEqual(self._get_acts(self.workfile).count('approval'), 1)

    def test_a_manager_does_not_see_changes_of_what_only_named_people_read(self):
        change = self._open(access_level='restricted')
        self.assertFalse(change.with_user(self.manager).has_access('read'))
        self.assertTrue(change.with_user(self.records_admin).can_decide)

    def test_rejecting_brings_the_old_readers_back(self):
        change = self._open(access_level='restricted', user_ids=[Command.link(self.other_specialist.id)])
        change.with_user(self.records_admin)._apply_reason('_reject', "Không đúng thẩm quyền")
        self.assertRecordValues(self.workfile, [{'access_level': 'unit', 'user_ids': [], 'user_id': self.specialist.id}])
        self.assertEqual(self._get_changes(self.workfile), change, "undoing raises no alarm of its own")
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.workfile'), ('res_id', '=', self.workfile.id), ('event_type', '=', 'modification')], limit=1)
        self.assertEqual(line.user_id, self.records_admin)
        self.assertIn("Không đúng thẩm quyền", line.detail)

    def test_it_is_undone_in_a_closed_file_too(self):
        change = self._open()
        self.workfile.sudo()._write_by_system({'state': 'closed', 'closed_on': '2026-01-09'}, 'close')
        change.with_user(self.records_admin)._apply_reason('_reject', "Sai đơn vị")
        self.assertFalse(self.workfile.unit_ids)
        with self.assertRaisesRegex(UserError, "was closed"):
            self.workfile.with_user(self.specialist).access_level = 'agency'

    def test_lines_are_written_by_nobody(self):
        change = self._open()
        for person in (self.records_admin, self.manager, self.specialist):
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(change.with_user(person).has_access(operation))
        with self.assertRaises(AccessError):
            self.workfile.with_user(self.specialist).write({'access_change_ids': [Command.clear()]})
