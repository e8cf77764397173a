from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestDocumentType(CivicDocumentCommon):

    def test_decree_30_has_29_types_and_3_copies(self):
        """Decree 30/2020, Article 7 and Annex III."""
        types = self.env['civic.document.type'].with_context(active_test=False)
        shipped = self.env['ir.model.data'].search([
            ('module', '=', 'civic_document'), ('model', '=', 'civic.document.type')]).mapped('res_id')
        self.assertEqual(types.search_count([('kind', '=', 'administrative'), ('id', 'in', shipped)]), 29)
        self.assertEqual(types.search_count([('kind', '=', 'copy'), ('id', 'in', shipped)]), 3)

    def test_abbreviations_keep_their_case(self):
        expected = {
            'nq': 'NQ', 'qd': 'QĐ', 'ct': 'CT', 'qc': 'QC', 'qyd': 'QyĐ', 'tc': 'TC', 'tb': 'TB', 'hd': 'HD',
            'ctr': 'CTr', 'kh': 'KH', 'pa': 'PA', 'da_scheme': 'ĐA', 'da_project': 'DA', 'bc': 'BC', 'bb': 'BB',
            'ttr': 'TTr', 'hdong': 'HĐ', 'cd': 'CĐ', 'bgn': 'BGN', 'btt': 'BTT', 'guq': 'GUQ', 'gm': 'GM',
            'ggt': 'GGT', 'gnp': 'GNP', 'pg': 'PG', 'pc': 'PC', 'pb': 'PB', 'sy': 'SY', 'trs': 'TrS', 'sl': 'SL',
        }
        types = self.env['civic.document.type'].search([('code', 'in', list(expected))])
        self.assertEqual({document_type.code: document_type.abbreviation for document_type in types}, expected)

    def test_official_and_social_letters_have_no_abbreviation(self):
        letters = self.env['civic.document.type'].search([('code', 'in', ['cv', 'thu_cong'])])
        self.assertEqual(len(letters), 2)
        self.assertFalse(any(letters.mapped('abbreviation')))
        self.assertEqual(self.type_letter.display_name, self.type_letter.name)
        self.assertEqual(self.type_decision.display_name, f"{self.type_decision.name} (QĐ)")

    def test_names_are_the_official_vietnamese_ones(self):
        self.env['res.lang']._activate_lang('vi_VN')
        self.env['ir.module.module']._load_module_terms(['civic_document'], ['vi_VN'])
        self.assertEqual(self.type_plan.with_context(lang='vi_VN').name, "Kế hoạch")
        self.assertEqual(self.type_decision.with_context(lang='vi_VN').name, "Quyết định (cá biệt)")

    def test_only_records_administrators_configure_types(self):
        values = {'code': 'don', 'name': "Petition", 'kind': 'specialised'}
        for role in ('specialist', 'clerk', 'leader', 'manager', 'archivist', 'unit_head'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env['civic.document.type'].with_user(self.users[role]).create(values)
        created = self.env['civic.document.type'].with_user(self.records_admin).create(values)
        self.assertEqual(created.kind, 'specialised')
