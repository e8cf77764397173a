import csv
import io
from base64 import b64decode

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.civic_package.tools import vn2019

from .common import TransferCommon


@tagged('post_install', '-at_install')
class TestVn2019(TransferCommon):

    def export(self, records, user=None, **values):
        wizard = self.env['civic.vn2019.export'].with_user(user or self.archivist).with_context(
            active_model=records._name, active_ids=records.ids).create(values)
        wizard.action_export()
        return wizard

    def test_files_as_a_spreadsheet_with_what_a_receiver_would_refuse(self):
        file = self._create_delivered(count=2)
        wizard = self.export(file, form='csv')
        rows = list(csv.DictReader(io.StringIO(b64decode(wizard.file).decode('utf-8-sig'))))
        self.assertEqual((len(rows), rows[0]['FileCode'], rows[0]['Title']), (1, file.code, file.title))
        self.assertEqual((rows[0]['TotalDoc'], rows[0]['Maintenance']), ('2', "Vĩnh viễn"))
        self.assertTrue(self.env['civic.journal.entry'].sudo().search_count([
            ('res_model', '=', file._name), ('res_id', '=', file.id), ('event_type', '=', 'export')]))

    def test_documents_as_xml_read_by_our_own_reader(self):
        file = self._create_delivered(count=2)
        wizard = self.export(file, table='documents', form='xml')
        rows = [row for _number, row in vn2019.read('documents', io.BytesIO(b64decode(wizard.file)), 'xml')]
        self.assertEqual([row['DocOrdinal'] for row in rows], ['1', '2'])
        self.assertEqual([row['Subject'] for row in rows], file.entry_ids.document_id.mapped('subject'))

    def read_book(self, wizard):
        """Return {sheet: [row as a dict]}."""
        sheets = {}
        for sheet in openpyxl.load_workbook(io.BytesIO(b64decode(wizard.file))):
            head, *rows = sheet.iter_rows(values_only=True)
            sheets[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
        return sheets

    def test_a_workbook_with_both_tables(self):
        file = self._create_delivered(count=2)
        wizard = self.export(file)
        sheets = self.read_book(wizard)
        self.assertEqual((list(sheets), wizard.row_count), (['files', 'documents'], 3))
        self.assertEqual((sheets['files'][0]['FileCode'], sheets['files'][0]['Maintenance']), (file.code, "Vĩnh viễn"))
        self.assertEqual([row['DocOrdinal'] for row in sheets['documents']], ['1', '2'])

    def test_both_tables_of_a_submission_wherever_its_packages_lie(self):
        good, faulty = self._create_delivered(count=2), self._create_delivered(count=1)
        _transfer, accession = self._bring_to_keeper(good | faulty)
        before = self.read_book(self.export(accession, self.keeper))
        self.assertEqual([row['FileCode'] for row in before['files']], (good | faulty).mapped('code'))
        self.assertEqual(
            [(row['FileCode'], row['DocOrdinal']) for row in before['documents']],
            [(good.code, '1'), (good.code, '2'), (faulty.code, '1')])
        self.assertEqual([row['Subject'] for row in before['documents']], (good | faulty).entry_ids.document_id.mapped('subject'))
        self._decide(accession, returned=faulty.mapped('code'))
        wizard = self.export(accession, self.keeper)
        self.assertEqual(self.read_book(wizard)['documents'], before['documents'][:2])
        self.assertIn(f"“{faulty.code}” was returned", wizard.findings)

    def test_who_may_not_read_does_not_export(self):
        file = self._create_delivered(count=1)
        foreign = self._create_person('vn2019_foreign', 'archivist', self.foreign_unit)
        for user in (self.specialist, foreign):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.export(file, user)
