from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestWorkfile(CivicWorkfileCommon):

    def test_the_code_is_agency_year_and_notation(self):
        """Circular 02/2019 and 05/2025: H29.1.2021.01.TH."""
        workfile = self._create_workfile(notation='01.TH', year=2021, date_start=date(2021, 2, 1))
        self.assertEqual(workfile.code, 'H29.1.2021.01.TH')
        self.assertEqual(workfile.profile_id.code, 'VN-2019')

    def test_a_code_is_never_given_to_another_file(self):
        workfile = self._create_workfile(notation='05.VX')
        workfile.unlink()
        with self.assertRaisesRegex(UserError, "never given twice"):
            self._create_workfile(notation='05.VX')

    def test_a_place_does_not_stand_within_itself(self):
        shelf = self.env['civic.workfile.place'].create({
            'company_id': self.agency.id, 'name': "Giá 1", 'code': 'G1', 'kind': 'shelf', 'parent_id': self.box.id})
        for parent in (shelf, self.box):
            with self.subTest(parent=parent.name), self.assertRaises(UserError), mute_logger('odoo.sql_db'):
                self.box.parent_id = parent
                self.env.flush_all()

    def test_a_document_stands_in_two_files_and_is_kept_once(self):
        """Annex VI, III.4.e; ordinals are 1 to n without gaps (III.4.b)."""
        first, second = self._create_workfile(), self._create_workfile()
        documents = [self._create_registered(page_count=2, code_number=str(number)) for number in range(3)]
        self._add(first, documents)
        self._add(second, documents[:1])
        self.assertEqual((first.doc_count, first.page_count, second.doc_count), (3, 6, 1))
        first.entry_ids[1].unlink()
        self.assertEqual(first.entry_ids.mapped('ordinal'), [1, 2])
        self.assertEqual((first.doc_count, second.doc_count), (2, 1))

    def test_the_contents_open_under_the_name_of_the_file(self):
        workfile = self._create_workfile()
        self.assertEqual(workfile.action_open_entries()['display_name'], workfile.display_name)

    def test_a_closed_file_is_locked(self):
        """Article 29.4: closing sets the day on which the work ended, and the file changes no more."""
        workfile = self._create_workfile()
        self._add(workfile, self._create_registered())
        workfile._close()
        self.assertEqual(workfile.state, 'closed')
        self.assertTrue(workfile.date_end)
        for change in (
            lambda: workfile.write({'title': "Khác"}),
            lambda: self._add(workfile, self._create_registered(code_number='9')),
            lambda: workfile.entry_ids.unlink(),
            lambda: workfile.entry_ids.write({'note': "x"}),
        ):
            with self.assertRaisesRegex(UserError, "no longer changes"):
                change()

    def test_an_empty_file_is_not_closed_and_everything_missing_is_told_at_once(self):
        workfile = self._create_workfile(retention_term_id=False)
        with self.assertRaisesRegex(UserError, r"(?s)nothing in the file.*retention period is missing"):
            workfile._close()

    def test_reopening_needs_a_role_and_a_reason(self):
        workfile = self._create_workfile()
        self._add(workfile, self._create_registered())
        workfile._close()
        with self.assertRaises(AccessError):
            workfile.action_reopen()
        headed = workfile.with_user(self.archivist)
        with self.assertRaisesRegex(UserError, "Give a reason"):
            headed._apply_reason('_reopen', " ")
        headed._apply_reason('_reopen', "Còn thiếu phụ lục")
        self.assertEqual(workfile.state, 'open')

    def test_no_file_is_opened_from_a_plan_that_is_not_published(self):
        """Article 28."""
        with self.assertRaisesRegex(UserError, "not published"):
            self._create_workfile(plan_line_id=self.line.id)

    def test_state_and_code_are_not_written_by_hand(self):
        workfile = self._create_workfile()
        for values in ({'state': 'closed'}, {'code': 'X'}, {'doc_count': 5}):
            with self.assertRaises(AccessError):
                workfile.write(values)
        with self.assertRaises(AccessError):
            self._create_workfile(state='closed')

    def test_other_units_and_agencies_do_not_read_the_file(self):
        workfile = self._create_workfile()
        self.assertEqual(workfile.unit_id, self.unit_culture)
        for user in (self.other_specialist, self.foreign_clerk):
            self.assertFalse(workfile.with_user(user).has_access('read'))
        self.assertTrue(workfile.with_user(self.manager).has_access('read'))
        self.assertFalse(workfile.with_user(self.manager).has_access('write'))
