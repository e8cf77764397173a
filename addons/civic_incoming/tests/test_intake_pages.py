from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.pdf import make_pdf

from .intake_common import CivicIntakeCommon, make_tiff, page_texts


@tagged('post_install', '-at_install')
class TestIntakePages(CivicIntakeCommon):

    def _capture(self, *texts, user=None, **values):
        return self.env['civic.document'].with_user(user or self.clerk)._capture(
            'scan.pdf', make_pdf(*texts), company_id=self.agency.id, direction='incoming', **values)

    def _texts(self, document):
        return page_texts(document.sudo().main_content_id.attachment_id.raw)

    def _apply(self, documents, act, **values):
        wizard = self.env['civic.page.wizard'].with_user(self.clerk).create({
            'act': act, 'document_ids': documents.ids, **values})
        return wizard.action_apply()

    def test_split_and_join_again(self):
        document = self._capture("A1", "A2", "B1", "C1", arrival_channel='hand')
        whole = document.sudo().content_ids.attachment_id.raw
        action = self._apply(document, 'split', starts="3, 4")
        documents = self.env['civic.document'].browse(action['domain'][0][2]).with_user(self.clerk)
        self.assertEqual([self._texts(part) for part in documents], [["A1", "A2"], ["B1"], ["C1"]])
        self.assertEqual(documents[0], document)
        self.assertEqual(documents.mapped('page_count'), [2, 1, 1])
        self.assertEqual(set(documents.mapped('arrival_channel')), {'hand'})
        self.assertEqual(len(document.content_ids), 1)
        # the scan as it was received is kept, and all three know it
        self.assertEqual(documents.arrival_ids.sudo().attachment_id.raw, whole)
        self.assertEqual([len(part.arrival_ids) for part in documents], [1, 1, 1])
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('detail', 'like', '"split"')])
        self.assertTrue(line)
        self._apply(documents, 'merge')
        self.assertEqual(self._texts(document), ["A1", "A2", "B1", "C1"])
        self.assertEqual(documents.exists(), document)

    def test_suggested_pages_stand_in_the_form(self):
        document = self._capture("A1", "A2", "B1")
        document._write_by_system({'possible_starts': [1, 3]})
        wizard = self.env['civic.page.wizard'].with_user(self.clerk).create({
            'act': 'split', 'document_ids': document.ids})
        self.assertEqual(wizard.starts, "3")

    def test_pages_move_to_the_end_or_the_beginning(self):
        first, second = self._capture("A1", "B0", "A2"), self._capture("B1")
        self._apply(first, 'move', pages="2", target_id=second.id, at_start=True)
        self.assertEqual((self._texts(first), self._texts(second)), (["A1", "A2"], ["B0", "B1"]))
        self._apply(second, 'move', pages="2", target_id=first.id)
        self.assertEqual((self._texts(first), self._texts(second)), (["A1", "A2", "B1"], ["B0"]))
        with self.assertRaisesRegex(UserError, "at least one page"):
            self._apply(second, 'move', pages="1", target_id=first.id)

    def test_first_part_is_read_again_and_the_others_too(self):
        document = self._capture("TRANG A1 " * 9, "TRANG B1 " * 9)
        self._apply(document, 'split', starts="2")
        self.assertEqual(document.reading_state, 'done')
        others = document.arrival_ids.document_ids - document
        self.assertEqual(others.reading_state, 'done')

    def test_join_takes_the_other_files_along(self):
        first, second = self._capture("A1"), self._capture("B1")
        second._attach_content('phu-luc.pdf', make_pdf("PHU LUC"), 'appendix')
        self._apply(first | second, 'merge')
        self.assertEqual(self._texts(first), ["A1", "B1"])
        self.assertEqual(first.content_ids.mapped('name'), ['scan.pdf', 'phu-luc.pdf'])
        self.assertEqual(len(first.arrival_ids), 2)

    def test_tiff_is_divided_by_its_pdf_and_kept(self):
        raw = make_tiff((100, 100), (100, 200), (200, 100))
        document = self.env['civic.document'].with_user(self.clerk)._capture(
            'fax.tif', raw, company_id=self.agency.id, direction='incoming')
        self._apply(document, 'split', starts="2")
        self.assertEqual(document.arrival_ids.sudo().attachment_id.raw, raw)
        self.assertEqual(document.content_ids.mapped('mimetype'), ['application/pdf'])

    def test_wrong_pages_are_refused_with_a_message(self):
        document = self._capture("A1", "A2")
        for starts in ("", "1", "3", "0", "hai", "-1", "2;x", "99999999999999999999"):
            with self.subTest(starts=starts), self.assertRaises(UserError):
                self._apply(document, 'split', starts=starts)
        self.assertEqual(self._texts(document), ["A1", "A2"])

    def test_registered_documents_keep_their_pages(self):
        document = self._capture("A1", "A2")
        document.write(self._prepare_document(paper_original=False))
        document._register_documents()
        with self.assertRaisesRegex(UserError, "no incoming draft"):
            self._apply(document, 'split', starts="2")

    def test_signed_file_is_not_divided(self):
        document = self.env['civic.document'].with_user(self.clerk)._capture(
            'ky-so.pdf', make_pdf("A1", "A2") + b'\n% /ByteRange [0 1 2 3]\n%%EOF\n', company_id=self.agency.id,
            direction='incoming')
        with self.assertRaisesRegex(UserError, "signed"):
            self._apply(document, 'split', starts="2")

    def test_only_clerks_of_the_agency_move_pages(self):
        document = self._capture("A1", "A2")
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user)._split_pages([(1, 1), (2, 2)])
        foreign = self.env['civic.document'].with_user(self.foreign_clerk)._capture(
            'x.pdf', make_pdf("B1"), company_id=self.other_agency.id, direction='incoming')
        with self.assertRaises(AccessError):
            document._move_pages(foreign.with_user(self.clerk), [(1, 1)])
