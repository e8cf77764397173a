import hashlib
import io
import zipfile
from xml.etree import ElementTree

import pikepdf

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_report.tools.barcode import encode_code128

from ..report.civic_form_workfile_whole import NAMESPACE
from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestWhole(CivicWorkfileCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workfile = cls._create_workfile(title="Hồ sơ <một> & hai")
        cls.pdf = make_pdf("Trang mot", "Trang hai")
        cls.letter = cls._create_document()
        cls.letter.sudo()._attach_content('van-ban.pdf', cls.pdf)
        cls.letter.sudo()._attach_content('so-lieu.txt', b'So lieu', 'appendix')
        cls.letter._register_documents()
        cls.secret = cls._create_registered(
            code_number='9', access_level='restricted', user_ids=[(6, 0, cls.other_specialist.ids)], subject="Việc riêng")
        cls.env['civic.workfile.entry'].create([
            {'workfile_id': cls.workfile.id, 'document_id': cls.letter.id},
            {'workfile_id': cls.workfile.id, 'document_id': cls.secret.id},
            {'workfile_id': cls.workfile.id, 'kind': 'paper', 'name': "Bản vẽ", 'date': '2026-01-06', 'sheets': 3}])

    def _print(self, extension, user=None):
        output = io.BytesIO()
        name = self.env['civic.form.workfile_whole'].with_user(user or self.specialist)._print(
            output, extension, {'workfile_id': self.workfile.id})
        self.assertEqual(output.tell(), len(output.getvalue()))
        self.assertEqual(name, f'{self.workfile.code}.{extension}')
        return output.getvalue()

    def test_one_pdf_with_the_list_in_front_and_other_files_enclosed(self):
        """Annex VI, III.4.g."""
        with pikepdf.open(io.BytesIO(self._print('pdf'))) as whole:
            self.assertEqual(len(whole.pages), 1 + 2)
            self.assertEqual([bytes(whole.attachments[name].get_file().read_bytes()) for name in whole.attachments], [b'So lieu'])
            with whole.open_outline() as outline:
                self.assertEqual(len(outline.root), 1)

    def test_xml_describes_the_file_and_the_files_lie_beside_it(self):
        with zipfile.ZipFile(io.BytesIO(self._print('zip'))) as package:
            root = ElementTree.fromstring(package.read('workfile.xml'))
            names = {'w': NAMESPACE}
            self.assertEqual(root.findtext('w:title', namespaces=names), "Hồ sơ <một> & hai")
            self.assertEqual(root.findtext('w:code', namespaces=names), self.workfile.code)
            documents = root.findall('w:document', names)
            # in the order of time: the letters are of 2025, the drawing of 2026
            self.assertEqual([document.get('ordinal') for document in documents], ['1', '2', '3'])
            self.env['civic.workfile.entry'].browse(self.workfile.entry_ids[2].id).date = '2020-01-06'
        with zipfile.ZipFile(io.BytesIO(self._print('zip'))) as package:
            root = ElementTree.fromstring(package.read('workfile.xml'))
            documents = root.findall('w:document', names)
            self.assertEqual([document.get('ordinal') for document in documents], ['3', '1', '2'])
            files = root.findall('.//w:file', names)
            self.assertEqual(len(files), 2)
            for file in files:
                self.assertEqual(hashlib.sha256(package.read(file.get('href'))).hexdigest(), file.get('sha256'))
            self.assertNotIn("Việc riêng".encode(), package.read('workfile.xml'))
            self.assertEqual(len(package.namelist()), 3)

    def test_whoever_may_not_read_the_file_does_not_get_it_and_reading_is_journalled(self):
        for user in (self.other_specialist, self.foreign_clerk):
            with self.assertRaises(AccessError):
                self._print('zip', user)
        self._print('pdf')
        entries = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', self.letter.id), ('event_type', '=', 'download')])
        self.assertEqual(entries.user_id, self.specialist)

    def test_it_comes_through_the_door_of_the_forms(self):
        self.authenticate(self.specialist.login, self.specialist.login)
        for action in (self.workfile.action_export_bundle(), self.workfile.action_export_package()):
            response = self.url_open(action['url'])
            self.assertEqual(response.status_code, 200)
            self.assertGreater(len(response.content), 1000)

    def test_a_bar_code_leads_back_to_a_code_with_vietnamese_letters(self):
        workfile = self._create_workfile(notation='01.ĐTĐ')
        label = workfile._get_label()
        self.assertEqual((label.number, label.code), ('01.ĐTĐ', workfile.code))
        for typed in (encode_code128(label.code), workfile.code):
            self.assertEqual(self.env['civic.workfile'].search([('scanned', '=', typed)]), workfile)
        output = io.BytesIO()
        self.env['civic.form.workfile_label'].with_user(self.specialist)._print(output, 'pdf', {'workfile_ids': workfile.ids})
        with pikepdf.open(io.BytesIO(output.getvalue())) as sheet:
            self.assertEqual(len(sheet.pages), 1)

    def test_paper_files_get_their_closing_sheet_when_they_are_closed(self):
        """Article 29.4.c, where the rule says so."""
        paper = self._create_workfile(medium='paper', place_id=self.box.id)
        self.env['civic.workfile.entry'].with_user(self.specialist).create({
            'workfile_id': paper.id, 'kind': 'paper', 'name': "Bản vẽ", 'date': '2026-01-06', 'sheets': 3})
        electronic = self._create_workfile()
        self._add(electronic, self._create_registered(code_number='10'))
        (paper | electronic)._close()
        Attachment = self.env['ir.attachment']
        sheet = Attachment.search([('res_model', '=', 'civic.workfile'), ('res_id', '=', paper.id)])
        self.assertEqual((len(sheet), sheet.mimetype), (1, 'application/pdf'))
        self.assertFalse(Attachment.search([('res_model', '=', 'civic.workfile'), ('res_id', '=', electronic.id)]))
        self.env.ref('civic_workfile.rule_value_workfile_closing_sheet').value = '["electronic"]'
        electronic.with_user(self.archivist)._reopen("Bổ sung")
        electronic._close()
        self.assertEqual(Attachment.search_count([('res_model', '=', 'civic.workfile'), ('res_id', '=', electronic.id)]), 1)
