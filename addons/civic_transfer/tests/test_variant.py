import json
import zipfile
from base64 import b64encode

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.civic_package.tools.validate import validate

from .common import TransferCommon

FILE = {
    'code': 'centre', 'label': "Gói tin của Trung tâm", 'source': "Công văn 12/TTLTLS", 'valid_from': '2026-01-01',
    'layout': {'namespace': 'urn:vn:centre', 'prefix': 'c'},
    'codes': {'kho': {'K1': "Kho số 1"}},
    'fields': {
        'SIP_hoso': {'storageCode': {'label': "Mã kho", 'codes': 'kho', 'required': True, 'value': 'K1'}},
        'SIP.doc': {'codeNumber': {'required': True}}}}


@tagged('post_install', '-at_install')
class TestVariant(TransferCommon):

    @classmethod
    def load(cls, company=None, user=None, lang=None, **changes):
        content = json.dumps({**FILE, **changes}).encode()
        return cls.env['civic.package.variant'].with_user(user or cls.env.user).with_context(lang=lang).create({
            'partner_id': cls.centre.partner_id.id, 'company_id': (company or cls.agency).id, 'file': b64encode(content),
            'file_name': 'centre.json'})

    def test_the_file_tells_name_basis_and_days(self):
        variant = self.load()
        self.assertEqual((variant.name, variant.code, variant.source), ("Gói tin của Trung tâm", 'centre', "Công văn 12/TTLTLS"))
        self.assertEqual((str(variant.valid_from), variant.valid_to), ('2026-01-01', False))
        self.assertIn('kho: K1', variant.summary)
        self.assertTrue(self.env['civic.journal.entry'].sudo().search_count([
            ('res_model', '=', variant._name), ('res_id', '=', variant.id), ('event_type', '=', 'configuration')]))

    def test_a_broken_file_is_refused_with_everything_that_is_wrong_in_vietnamese(self):
        self.env['res.lang']._activate_lang('vi_VN')
        with self.assertRaises(ValidationError) as caught:
            self.load(lang='vi_VN', code='X', fields={'SIP_hoso': {'title': {'required': False}}})
        words = str(caught.exception)
        for word in ("Mã X đã có", "fields/SIP_hoso/title: Thông tư bắt buộc có trường này"):
            self.assertIn(word, words)
        with self.assertRaisesRegex(ValidationError, "Không phải JSON"):
            self.env['civic.package.variant'].with_context(lang='vi_VN').create({
                'partner_id': self.centre.partner_id.id, 'company_id': self.agency.id, 'file': b64encode(b'PK\x03\x04')})

    def test_a_new_form_is_empty_and_is_not_kept_without_a_file(self):
        form = Form(self.env['civic.package.variant'])
        self.assertFalse(form.summary)
        with self.assertRaises(ValidationError):
            self.env['civic.package.variant'].create({'partner_id': self.centre.partner_id.id})

    def test_it_holds_in_examination_building_and_validation(self):
        variant = self.load()
        file = self._create_delivered(count=1)
        file.entry_ids.document_id._write_by_system({'code_number': False})
        transfer = self._create_transfer(file)
        self.assertEqual(transfer.variant_id, variant)
        self._let_council_agree(transfer)
        with self.assertRaisesRegex(UserError, "findings stand in the way"):
            transfer.action_register()
        finding = transfer.line_ids.finding_ids.filtered(lambda finding: finding.is_blocking)
        self.assertEqual(finding.mapped('rule'), ['VN05-14'])
        self.assertEqual(finding.field_name, 'code_number')
        file.entry_ids.document_id._write_by_system({'code_number': '15'})
        transfer.action_register()
        self._agree(transfer)
        self._pack(transfer)
        line = transfer.line_ids.sudo()
        self.assertEqual(line.state, 'built', line.problem)
        path = line.package_attachment_id._full_path(line.package_attachment_id.store_fname)
        profile, name = variant._get_rules()
        self.assertTrue(validate(path, profile=profile, variant=name).valid)
        with zipfile.ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if name.endswith('/EAD.xml'))
            self.assertIn(b'<c:storageCode>K1</c:storageCode>', archive.read(root))

    def test_the_archive_judges_by_its_own_file_what_comes_without_it(self):
        transfer = self._register(self._create_delivered(count=1))
        self._agree(transfer)
        self._pack(transfer)
        self.load(company=self.centre)
        self._send(transfer)
        accession = self.env['civic.accession'].sudo().search([('submission_key', '=', transfer.key)])
        findings, _values, _none = accession.line_ids._check_structure()
        self.assertIn('VN05-14', [finding['rule'] for finding in findings])

    def test_only_from_its_first_day_to_its_last(self):
        self.load(valid_to='2026-02-28')
        later = self.load(code='later', valid_from='2026-05-01')
        transfer = self._create_transfer(self._create_delivered(count=1))
        self.assertFalse(transfer.variant_id)
        with self.assertRaises(ValidationError):
            self.load(code='third', valid_from='2026-05-02')
        transfer.sudo().packing_began_at = '2026-05-01 03:00:00'
        self.assertEqual(transfer.variant_id, later)

    def test_who_loads_it_and_who_sees_it(self):
        admin = self._create_person('variant_admin', 'records_admin', self.unit_head.civic_unit_ids[:1])
        variant = self.load(user=admin)
        self.assertEqual(variant.with_user(self.archivist).code, 'centre')
        for act in (lambda: self.load(code='b', user=self.archivist), lambda: variant.with_user(self.archivist).write({'file_name': 'x'}),
                    lambda: variant.with_user(self.clerk).read(['code']), lambda: variant.with_user(self.archivist).unlink()):
            with self.assertRaises(AccessError):
                act()
        foreign = self._create_person('variant_foreign', 'records_admin', self.foreign_unit)
        with self.assertRaises(AccessError):
            variant.with_user(foreign).read(['code'])
