import base64
import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_signature.tests.papers import PIN

from .common import CivicDigitalCommon
from .test_tools_copy_block import make_paper


@tagged('post_install', '-at_install')
class TestCopy(CivicDigitalCommon):
    """Copies of documents (Decree 30/2020, Articles 25 to 27; Annex I, Part II)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sy, cls.sl, cls.trs = (cls.env.ref(f'civic_document.civic_document_type_{code}') for code in ('sy', 'sl', 'trs'))
        cls.authority.may_sign_copies = True
        cls.paper = cls._create_registered()
        cls.paper.with_user(cls.clerk)._attach_content("scan.pdf", make_pdf("QUYET DINH"), 'original')
        cls.electronic = cls.env['civic.document'].with_user(cls.clerk)._capture(
            "e.pdf", make_pdf("VAN BAN DIEN TU"), **cls._prepare_document(paper_original=False, code_number='7'))
        cls.electronic._register_documents()

    def _copy(self, document, document_type, target, extract=None, **values):
        signing = None
        if target == 'electronic':
            certificate = self.agency_certificate.with_user(self.clerk)
            signing = certificate, certificate._open_key(PIN)
        return document.with_user(self.clerk)._make_copy(
            document_type, target, values.get('authority', self.authority), extract, signing)

    def test_a_true_copy_goes_from_paper_to_electronic_and_not_from_file_to_file(self):
        """Art. 25.1."""
        copied = self._copy(self.paper, self.sy, 'electronic')
        self.assertRecordValues(copied, [{
            'state': 'registered', 'copy_of_id': self.paper.id, 'copy_target': 'electronic', 'reference': '01/SY-UBND'}])
        original = copied.content_ids.filtered(lambda content: content.role == 'original')
        self.assertEqual(original._check_signatures(), {original.id: 'valid'})
        with self.assertRaisesRegex(UserError, "There is no SAO Y from Electronic file to Electronic file"):
            self._copy(self.electronic, self.sy, 'electronic')
        self.assertTrue(self._copy(self.electronic, self.sy, 'paper'))

    def _read_printed(self, copied):
        """Return (PDF, its pages as texts) of the sheets that are printed."""
        printed = copied.sudo().main_content_id
        reader = PdfReader(io.BytesIO(printed.attachment_id.raw))
        return printed, [page.extract_text() for page in reader.pages]

    def test_a_copy_on_paper_bears_its_block_right_after_the_end_of_the_text(self):
        """Annex I, Part II, II: form, agency, number, place and date, who signs, recipients."""
        paper = self._create_registered(code_number='9')
        paper.with_user(self.clerk)._attach_content("scan.pdf", make_paper(12), 'original')
        copied = paper.with_user(self.clerk)._make_copy(
            self.sy, 'paper', self.authority, recipients=["Sở Nội vụ", "Phòng Tài chính"])
        printed, [page] = self._read_printed(copied)
        self.assertEqual(copied.page_count, 1)
        words = ("Dòng 11", "UBND THÀNH PHỐ HOA", "Số: 01/SY-UBND", "SAO Y", "Hoa Phượng, ngày", "CHỦ TỊCH",
                 "Trần Thị Cúc", "Nơi nhận:", "- Sở Nội vụ;", "- Lưu: VT.")
        for word in words:
            self.assertIn(word, page)
        self.assertEqual(printed.name, "SAO Y 01-SY-UBND.pdf")

    def test_without_a_file_the_block_is_printed_onto_the_photocopy(self):
        bare = self._create_registered(code_number='8')
        copied = self._copy(bare, self.sy, 'paper')
        _printed, [page] = self._read_printed(copied)
        self.assertIn("Số: 01/SY-UBND", page)

    def test_a_copy_of_a_copy_is_made_from_a_true_copy_alone(self):
        """Art. 25.2."""
        with self.assertRaisesRegex(UserError, "25.2"):
            self._copy(self.paper, self.sl, 'paper')
        true_copy = self._copy(self.paper, self.sy, 'paper')
        self.assertTrue(self._copy(true_copy, self.sl, 'paper'))
        with self.assertRaisesRegex(UserError, "no original"):
            self._copy(true_copy, self.sy, 'paper')

    def test_an_extract_is_made_in_all_four_directions_from_a_file_of_its_own(self):
        """Art. 25.3."""
        extract = ("Trich.pdf", make_pdf("TRICH SAO"))
        for document in (self.paper, self.electronic):
            for target in ('paper', 'electronic'):
                with self.subTest(document=document.display_name, target=target):
                    self.assertTrue(self._copy(document, self.trs, target, extract))
        with self.assertRaisesRegex(UserError, "a file of its own"):
            self._copy(self.paper, self.trs, 'paper')

    def test_all_copies_share_one_series_from_01(self):
        """Annex I, Part II, II.1.c."""
        copies = [
            self._copy(self.paper, self.sy, 'paper'),
            self._copy(self.paper, self.trs, 'paper', ("Trich.pdf", make_pdf("A"))),
            self._copy(self.paper, self.sy, 'electronic')]
        self.assertEqual([copied.register_number for copied in copies], [1, 2, 3])
        self.assertEqual(len({copied.register_id for copied in copies}), 1)

    def test_only_those_on_the_list_of_the_head_sign_copies_and_clerks_make_them(self):
        """Art. 27.1."""
        with self.assertRaisesRegex(UserError, "27.1"):
            self._copy(self.paper, self.sy, 'paper', authority=self.deputy_authority)
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.paper.with_user(user)._make_copy(self.sy, 'paper', self.authority)
        draft = self._create_document(code_number='99')
        with self.assertRaisesRegex(UserError, "registered document"):
            draft.with_user(self.clerk).action_make_copy()

    def test_the_form_makes_the_copy_with_the_pin(self):
        action = self.paper.with_user(self.clerk).action_make_copy()
        wizard = self.env['civic.copy.wizard'].with_user(self.clerk).with_context(action['context']).create({
            'type_id': self.trs.id, 'target': 'electronic', 'extract_name': "Trich.pdf",
            'extract': base64.b64encode(make_pdf("TRICH")), 'pin': PIN})
        wizard.action_confirm()
        self.assertEqual(wizard.copied_id.type_id, self.trs)
        self.assertEqual(wizard.copied_id.content_ids.filtered(lambda content: content.role == 'original').signature_state, 'valid')
