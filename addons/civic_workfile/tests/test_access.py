from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestAccess(CivicWorkfileCommon):

    def test_who_reads_and_who_changes_a_file(self):
        """The maker and those named change it, the unit reads it; heads, clerks and the archive of the agency too."""
        workfile = self._create_workfile()
        expected = {
            'specialist': 'rw', 'unit_head': 'rw', 'clerk': 'rw', 'leader': 'r', 'manager': 'r', 'archivist': 'rw',
            'records_admin': 'rw', 'other_specialist': '', 'foreign_clerk': '', 'foreign_leader': '',
        }
        for name, rights in expected.items():
            with self.subTest(name=name):
                record = workfile.with_user(getattr(self, name))
                found = ''.join(letter for letter, operation in (('r', 'read'), ('w', 'write')) if record.has_access(operation))
                self.assertEqual(found, rights)

    def test_a_file_for_named_people(self):
        workfile = self._create_workfile(access_level='restricted', user_ids=[(6, 0, self.other_specialist.ids)])
        self._create_many(workfile, 1)
        for name, reads in (('other_specialist', True), ('unit_head', False), ('clerk', False), ('manager', False),
                            ('leader', True), ('archivist', True)):
            with self.subTest(name=name):
                user = getattr(self, name)
                self.assertEqual(workfile.with_user(user).has_access('read'), reads)
                self.assertEqual(workfile.sudo().entry_ids.with_user(user).has_access('read'), reads)

    def test_issued_codes_are_nobodys_to_change(self):
        workfile = self._create_workfile()
        code = self.env['civic.workfile.code'].search([('workfile_id', '=', workfile.id)])
        for act in (lambda: code.write({'code': 'X'}), code.unlink, lambda: code.create({'code': 'Y'})):
            with self.assertRaises(UserError):
                act()

    def test_every_public_change_asks_the_guard(self):
        """Rooms above refuse in `_check_may_change`: no public method of a file passes by it."""
        workfile = self._create_workfile()
        entry = self._add(workfile, self._create_registered())
        asked = []

        def refuse(self, act):
            asked.append(act)
            raise UserError(f"held: {act}")  # pylint: disable=translation-required  # nobody reads it

        self.patch(self.registry['civic.workfile'], '_check_may_change', refuse)
        for act in (
            lambda: workfile.write({'title': "x"}), lambda: workfile.unlink(), lambda: workfile.action_close(),
            lambda: workfile._reclassify(retention_term=self.term_3, reason="x"), lambda: workfile._split(entry, notation='1', title='x'),
            lambda: workfile._reorder(entry.ids), lambda: workfile._move_entries(entry, workfile, 'merge'),
            lambda: workfile.with_user(self.leader).action_extend(), lambda: workfile._add_upload('a.pdf', b'x'),
            lambda: entry.write({'note': "x"}), lambda: entry.unlink(), lambda: entry.web_resequence({}, 'ordinal'),
            lambda: entry.create({'workfile_id': workfile.id, 'name': "x"}), lambda: workfile.action_sort_by_date(),
        ):
            with self.assertRaisesRegex(UserError, "held"):
                act()
        self.assertEqual(set(asked), {
            'modify', 'delete', 'close', 'reclassify', 'split', 'reorder', 'merge', 'extend', 'add', 'modify_entry', 'remove'})
