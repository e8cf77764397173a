import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestOrder(CivicWorkfileCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workfile = cls._create_workfile()
        cls.documents = cls.env['civic.document'].union(*(
            cls._create_registered(code_number=str(number), page_count=number) for number in range(1, 6)))
        cls.entries = cls._add(cls.workfile, cls.documents)

    def test_a_new_order_is_one_statement(self):
        order = self.entries[::-1]
        self.workfile._reorder(order.ids)
        self.assertEqual(self.workfile.entry_ids.sorted('ordinal').ids, order.ids)
        self.assertEqual(sorted(self.workfile.entry_ids.mapped('ordinal')), [1, 2, 3, 4, 5])

    def test_some_rows_keep_the_places_that_they_hold_together(self):
        moved = [self.entries[3].id, self.entries[1].id]
        self.entries.browse(moved).web_resequence({'ordinal': {}}, field_name='ordinal', offset=2)
        self.assertEqual(self.entries.mapped('ordinal'), [1, 4, 3, 2, 5])

    def test_rows_of_another_file_are_refused(self):
        other = self._create_workfile()
        foreign = self._add(other, self.documents[:1])
        with self.assertRaisesRegex(UserError, "not contents"):
            self.workfile._reorder([foreign.id, self.entries[0].id])

    def test_place_and_file_are_not_written_by_hand(self):
        for values in ({'ordinal': 9}, {'doc_code': 'X'}, {'workfile_id': self._create_workfile().id}):
            with self.assertRaises(AccessError):
                self.entries[0].write(values)

    def test_the_same_document_does_not_come_twice(self):
        self.assertFalse(self.documents[:2]._file_into(self.workfile))
        self.assertEqual(self.workfile.doc_count, 5)

    def test_split(self):
        # the button of the list gives what was chosen by the context
        wizard = self.env['civic.workfile.split'].with_user(self.specialist).with_context(
            default_entry_ids=self.entries[1:3].ids).create({'notation': '77.VX', 'title': "Phần hai"})
        target = self.env['civic.workfile'].browse(wizard.action_confirm()['res_id'])
        self.assertEqual((target.doc_count, target.page_count, self.workfile.doc_count), (2, 5, 3))
        self.assertEqual(self.workfile.entry_ids.mapped('ordinal'), [1, 2, 3])
        self.assertEqual(target.entry_ids.mapped('ordinal'), [1, 2])
        self.assertEqual((target.unit_id, target.user_id), (self.workfile.unit_id, self.workfile.user_id))
        self.assertEqual(self._get_acts(self.workfile)[-1], 'split')

    def test_merge(self):
        other = self._create_workfile()
        self._add(other, self._create_registered(code_number='9'))
        code = other.code
        self.env['civic.workfile.merge'].with_user(self.specialist).create({
            'workfile_ids': [(6, 0, (self.workfile | other).ids)], 'target_id': self.workfile.id}).action_confirm()
        self.assertFalse(other.exists())
        self.assertEqual(self.workfile.doc_count, 6)
        self.assertTrue(self.env['civic.workfile.code'].search([('code', '=', code)]))

    def test_a_merge_with_the_same_document_in_both_says_which(self):
        other = self._create_workfile()
        self._add(other, self.documents[:1])
        with self.assertRaisesRegex(UserError, "holds these already"):
            self.workfile._merge(other)

    def test_reclassify_with_reason(self):
        self._publish_plan()
        self.workfile.with_user(self.specialist)._reclassify(line=self.line, reason="Mở nhầm đề mục")
        self.assertEqual((self.workfile.plan_line_id, self.workfile.retention_term_id), (self.line, self.term_20))
        with self.assertRaisesRegex(UserError, "Give a reason"):
            self.workfile.with_user(self.specialist)._reclassify(line=self.line, reason=" ")

    def test_forms_and_labels(self):
        """Annex V, form IV, and the closing sheet of Article 29.4.c."""
        for form, values, formats in (
            ('workfile_contents', {'workfile_id': self.workfile.id}, ('pdf', 'xlsx', 'docx')),
            ('workfile_closing', {'workfile_id': self.workfile.id}, ('pdf',)),
            ('workfile_label', {'workfile_ids': self.workfile.ids}, ('pdf',)),
            ('workfile_label', {'place_ids': self.box.ids}, ('pdf',)),
        ):
            for extension in formats:
                with self.subTest(form=form, extension=extension):
                    output = io.BytesIO()
                    self.env[f'civic.form.{form}'].with_user(self.specialist)._print(output, extension, values)
                    self.assertGreater(len(output.getvalue()), 800)

    def test_pages_in_the_list_of_documents_run_on(self):
        form = self.env['civic.form.workfile_contents'].with_user(self.specialist)
        rows = list(form._iter_rows(form._prepare_options({'workfile_id': self.workfile.id})))
        self.assertEqual([row.values[5] for row in rows], ['1', '2-3', '4-6', '7-10', '11-15'])
