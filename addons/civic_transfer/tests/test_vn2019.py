import csv
import io
from base64 import b64decode

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
        wizard = self.export(file)
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

    def test_the_files_of_a_submission(self):
        file = self._create_delivered(count=1)
        transfer = self._register(file)
        self._agree(transfer)
        self._pack(transfer)
        self._send(transfer)
        accession = self.env['civic.accession'].with_user(self.keeper).search([('submission_key', '=', transfer.key)])
        accession.sudo().line_ids._check_structure()
        wizard = self.export(accession, self.keeper, form='xml')
        rows = [row for _number, row in vn2019.read('files', io.BytesIO(b64decode(wizard.file)), 'xml')]
        self.assertEqual([row['FileCode'] for row in rows], [file.code])

    def test_who_may_not_read_does_not_export(self):
        file = self._create_delivered(count=1)
        foreign = self._create_person('vn2019_foreign', 'archivist', self.foreign_unit)
        for user in (self.specialist, foreign):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.export(file, user)
