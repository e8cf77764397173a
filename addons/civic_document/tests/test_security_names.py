import hashlib

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CivicDocumentCommon
from .pdf import make_pdf


@tagged('post_install', '-at_install')
class TestSecurityNames(CivicDocumentCommon):
    """What a document or a file is called is not told to those who may not read it, by whatever detour they ask."""

    def setUp(self):
        super().setUp()
        self.document = self._create_registered(
            subject="Đề án sắp xếp bộ máy", access_level='unit', unit_id=self.unit_culture.id)
        self.content = self._create_document()._attach_content('de-an.pdf', make_pdf("Nội dung"))
        self.env.invalidate_all()

    def test_a_form_that_points_to_a_document_does_not_tell_its_name(self):
        for model, values in (
            ('civic.document.correction', {'reason': "x"}),
            ('civic.content.upload', {'role': 'appendix'}),
        ):
            with self.subTest(model=model):
                form = self.env[model].with_user(self.foreign_clerk).create({'document_id': self.document.id, **values})
                self.env.invalidate_all()
                name = form.read(['document_id'])[0]['document_id'][1]
                self.assertNotIn("Đề án", name)
                self.assertNotIn(self.document.reference, name)
                web_name = form.web_read({'document_id': {'fields': {'display_name': {}}}})[0]['document_id']
                self.assertNotIn("Đề án", web_name['display_name'])

    def test_the_name_shows_to_those_who_may_read(self):
        form = self.env['civic.document.correction'].with_user(self.second_clerk).create(
            {'document_id': self.document.id, 'reason': "x"})
        self.env.invalidate_all()
        self.assertIn("Đề án", form.read(['document_id'])[0]['document_id'][1])

    def test_the_journal_names_the_document_whoever_acts(self):
        line = self.env['civic.journal.entry'].with_user(self.foreign_clerk)._append(
            'access', self.document.with_user(self.foreign_clerk))
        self.assertIn("Đề án", line.sudo().object_ref)

    def test_the_main_file_is_one_of_the_own_files(self):
        draft = self._create_document(self.foreign_clerk)
        with self.assertRaises(ValidationError):
            draft.main_content_id = self.content.id
        with self.assertRaises(ValidationError):
            self._create_document(main_content_id=self.content.id)

    def test_stored_computed_fields_are_not_overwritten(self):
        document = self.document.with_user(self.clerk)
        for values in ({'date_sort': '2020-01-01'}, {'reference_key': '1/qd'}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                document.write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._create_document(**values)

    def test_the_upload_form_does_not_tell_the_name_of_a_file(self):
        draft = self._create_document(self.foreign_clerk)
        with self.assertRaises(AccessError):
            self.env['civic.content.upload'].with_user(self.foreign_clerk).create(
                {'document_id': draft.id, 'role': 'appendix', 'content_id': self.content.id})

    def test_a_new_name_of_a_file_has_no_hidden_characters(self):
        for name in ("a\r\nSet-Cookie: x.pdf", "a\u202efdp.pdf", "a/b.pdf"):
            with self.subTest(name=name), self.assertRaises(UserError):
                self.content.with_user(self.clerk).write({'name': name})

    def test_people_who_may_not_read_are_not_addressed(self):
        document = self.document.with_user(self.specialist)
        message = document.message_post(
            body="Xin ý kiến", partner_ids=(self.foreign_clerk | self.unit_head).partner_id.ids)
        self.assertEqual(message.sudo().partner_ids, self.unit_head.partner_id)
        with self.assertRaises(AccessError):
            message.with_user(self.foreign_clerk).read(['body', 'record_name'])
        message = document.message_notify(body="Xin ý kiến", partner_ids=self.foreign_clerk.partner_id.ids)
        self.assertFalse(message.sudo().partner_ids)

    def test_the_journal_keeps_no_text_that_only_named_people_may_read(self):
        document = self._create_document(
            subject="Kỷ luật ông Ất", access_level='restricted', user_ids=[(6, 0, self.leader.ids)])
        document.write({'subject': "Kỷ luật bà Bính", 'description': "Hồ sơ riêng"})
        lines = self.env['civic.journal.entry'].with_user(self.manager).search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)])
        details = ''.join(lines.mapped(lambda line: line.detail or ''))
        for word in ("Ất", "Bính", "Hồ sơ"):
            self.assertNotIn(word, details)
        self.assertIn(hashlib.sha256("Kỷ luật bà Bính".encode()).hexdigest(), details)
