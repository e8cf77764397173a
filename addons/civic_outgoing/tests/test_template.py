import base64
import io
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..models.tool_words import WORDS
from ..tools.finding import MESSAGES
from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestTemplate(CivicOutgoingCommon):

    def _edit(self, old, new):
        with file_open('civic_outgoing/data/templates/ke_hoach.docx', 'rb') as file:
            raw = file.read()
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(target, 'w') as archive:
            for item in source.infolist():
                content = source.read(item.filename)
                archive.writestr(item, content.replace(old, new))
        return base64.b64encode(target.getvalue())

    def _create(self, file, **values):
        return self.env['civic.template'].with_user(self.records_admin).create({
            'name': "Mẫu riêng", 'company_id': self.agency.id, 'file': file, 'file_name': 'mau.docx', **values})

    def test_the_shipped_templates_are_in_use(self):
        shared = self.env['civic.template'].search([('company_id', '=', False)])
        self.assertGreaterEqual(len(shared), 8)
        self.assertFalse(shared.filtered('findings'))
        self.assertEqual(set(shared.mapped('state')), {'ready'})

    def test_every_administrative_type_has_a_template(self):
        for document_type in self.env['civic.document.type'].search([('kind', '=', 'administrative')]):
            with self.subTest(document_type.name):
                self.assertTrue(self.env['civic.template']._find(self.agency, document_type))

    def test_an_unknown_field_is_named_and_the_template_is_not_used(self):
        template = self._create(self._edit(b'subject', b'subiect'))
        self.assertEqual(template.state, 'draft')
        self.assertIn("subiect", template.findings_html)
        with self.assertRaisesRegex(UserError, "subiect"):
            template.action_check()
        self.assertNotEqual(self.env['civic.template']._find(self.agency, self.type_plan), template)
        template.file = self._edit(b'subject', b'subject')
        self.assertEqual((template.state, template.findings), ('ready', False))

    def test_a_file_that_is_no_word_document_is_told(self):
        template = self._create(base64.b64encode(b'%PDF-1.4'))
        self.assertEqual(template.state, 'draft')
        self.assertIn("no Word document", template.findings_html)

    def test_the_own_template_goes_before_the_shared_one_as_long_as_it_is_valid(self):
        own = self._create(self._edit(b'x', b'x'), type_ids=[(6, 0, self.type_plan.ids)])
        self.assertEqual(self.env['civic.template']._find(self.agency, self.type_plan), own)
        shared = self.env.ref('civic_outgoing.civic_template_ke_hoach')
        self.assertEqual(self.env['civic.template']._find(self.other_agency, self.type_plan), shared)
        own.date_to = '2020-12-31'
        self.assertEqual(self.env['civic.template']._find(self.agency, self.type_plan), shared)

    def test_only_records_administrators_write_templates_of_their_agency(self):
        shared = self.env.ref('civic_outgoing.civic_template_ke_hoach')
        with self.assertRaises(AccessError):
            shared.with_user(self.records_admin).write({'name': "Khác"})
        own = self._create(self._edit(b'x', b'x'))
        for user in (self.specialist, self.clerk, self.leader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                own.with_user(user).write({'name': "Khác"})
        self.assertFalse(self.env['civic.template'].with_user(self.foreign_clerk).with_context(
            allowed_company_ids=self.other_agency.ids).search([('id', '=', own.id)]))

    def test_nobody_says_by_hand_that_a_broken_template_can_be_used(self):
        template = self._create(self._edit(b'subject', b'subiect'))
        with self.assertRaises(AccessError):
            template.write({'state': 'ready', 'findings': False})
        other = self.env['civic.template'].with_user(self.records_admin).with_context(default_state='ready').create({
            'name': "Mẫu", 'company_id': self.agency.id, 'file': self._edit(b'subject', b'subiect')})
        self.assertEqual(other.state, 'draft')

    def test_what_the_tools_say_has_words_to_translate(self):
        self.assertEqual(set(MESSAGES) - set(WORDS), set())
        for key, text in MESSAGES.items():
            with self.subTest(key):
                self.assertEqual(str(WORDS[key]), text)
