"""Decree 30/2020/NĐ-CP, Annex VI, Part I: one test per item that the document carries, named by the item's letter."""
import json
from datetime import date, timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_report.tests.files import read_docx, read_pdf, read_xlsx

from .common import CivicDocumentCommon
from .pdf import make_pdf

# Annex VI, Part II: the input fields of documents, as far as the document itself has them (files come apart).
INPUT_FIELDS = {
    '3': 'type_id', '4': 'code_number', '5': 'code_notation', '6': 'issue_date', '7': 'issuer_id',
    '8': 'subject', '9': 'language', '10': 'page_count', '11': 'description', '12': 'arrival_date',
    '13': 'register_label', '14.1': 'signer_position', '14.2': 'signer_name', '15': 'urgency',
    '16': 'unit_id', '18': 'deadline',
}


class AnnexCommon(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = make_pdf("Kế hoạch trồng phượng vĩ", "Trang hai")
        cls.full = cls.env['civic.document'].with_user(cls.clerk)._capture('ke-hoach.pdf', cls.raw, **cls._prepare_document(
            paper_original=False, code_number='4711', urgency='express', language='en', page_count=7,
            description="Kèm phụ lục", deadline=date(2025, 4, 1), unit_id=cls.unit_culture.id))
        cls.full._register_documents()

    def _get_lines(self, document, *event_types):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_type', 'in', event_types)],
            order='id')

    def _get_arch(self, view_type, user=None):
        view = self.env['civic.document'].with_user(user or self.specialist).get_view(
            self.env.ref(f'civic_document.civic_document_view_{view_type}').id, view_type)
        return etree.fromstring(view['arch'])


@tagged('post_install', '-at_install')
class TestAnnexVI(AnnexCommon):

    def test_iii_1_a_a_document_is_created(self):
        with Form(self.env['civic.document'].with_user(self.clerk).with_context(default_direction='incoming')) as form:
            form.subject = "Văn bản nhập tay"
        self.assertRecordValues(form.record, [{'state': 'draft', 'subject': "Văn bản nhập tay"}])

    def test_iii_1_b_files_are_attached(self):
        document = self._create_document()
        original = document._attach_content('goc.pdf', self.raw)
        appendix = document._attach_content('phu-luc.pdf', make_pdf("Phụ lục"), role='appendix')
        self.assertEqual(document.content_ids, original + appendix)
        self.assertEqual(document.main_content_id, original)
        self.assertEqual(original.sudo().attachment_id.raw, self.raw)
        with self.assertRaises(AccessError):
            document.with_user(self.specialist)._attach_content('la.pdf', self.raw, role='appendix')

    def test_iii_1_c_every_document_has_an_identifier_that_stays(self):
        other = self._create_document()
        self.assertTrue(self.full.identifier)
        self.assertNotEqual(self.full.identifier, other.identifier)
        with self.assertRaises(AccessError):
            self.full.write({'identifier': other.identifier})

    def test_iii_1_d_the_urgency_is_shown_wherever_documents_are(self):
        for view_type in ('list', 'kanban', 'form'):
            with self.subTest(view=view_type):
                self.assertTrue(self._get_arch(view_type).xpath("//field[@name='urgency']"))
        [column] = self._get_arch('list').xpath("//field[@name='urgency']")
        self.assertEqual(column.get('widget'), 'badge')
        self.assertNotEqual(column.get('optional'), 'hide')
        self.assertEqual(column.get('decoration-danger'), "urgency == 'express'")

    def test_iii_1_dd_numbers_follow_the_time_within_the_year(self):
        days = [date(2025, 5, 2), date(2025, 5, 5), date(2025, 5, 5), date(2025, 5, 6)]
        documents = self.env['civic.document']
        for day in days:
            documents |= self._create_registered(arrival_date=day, code_number=str(100 + len(documents)))
        numbers = documents.mapped('register_number')
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))
        with self.assertRaises(UserError):                     # a day before the last number's
            self._create_registered(arrival_date=date(2025, 5, 1), code_number='900')
        new_year = self._create_registered(arrival_date=date(2026, 1, 5), issue_date=date(2026, 1, 2))
        self.assertEqual(new_year.register_number, 1)

    def test_iii_1_g_what_the_system_fills_in_is_written_by_nobody(self):
        """Fields 10, 12 and 13 of incoming, 4 and 6 of own documents."""
        draft = self.env['civic.document'].with_user(self.clerk)._capture('hai-trang.pdf', self.raw, **{
            name: value for name, value in self._prepare_document(paper_original=False).items() if name != 'arrival_date'})
        self.assertEqual((draft.page_count, draft.arrival_date), (2, draft._today()))
        own = self._create_registered(
            direction='outgoing', code_number=False, code_notation='QĐ-UBND', issue_date=False, arrival_date=False)
        self.assertTrue(own.code_number and own.issue_date)
        for document, values in (
            (self.full, {'register_number': 9}), (self.full, {'register_label': '09'}), (self.full, {'identifier': 'x'}),
            (self.full, {'arrival_date': date(2025, 3, 6)}), (own, {'code_number': '9'}),
            (own, {'issue_date': own.issue_date - timedelta(days=1)}),
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                document.with_user(self.clerk).write(values)
        form = self._get_arch('form', self.clerk)
        for name in ('register_label', 'identifier', 'registered_at'):
            self.assertTrue(self.env['civic.document']._fields[name].readonly, name)
            self.assertTrue(form.xpath(f"//field[@name='{name}']"), name)

    def test_iii_1_h_a_duplicate_is_one_in_all_three(self):
        same = self._create_document(code_number='4711')
        self.assertEqual(same.duplicate_ids, self.full)
        other_agency = self.env['res.partner'].create({'name': "Bộ Tài chính", 'is_agency': True})
        for values in ({'code_number': '4712'}, {'code_notation': 'QĐ-BTC'}, {'issuer_id': other_agency.id}):
            with self.subTest(values=values):
                self.assertFalse(self._create_document(**{'code_number': '4711', **values}).duplicate_ids)
        with mute_logger('odoo.sql_db'), self.assertRaisesRegex(Exception, "identifier"), self.env.cr.savepoint():
            same._write_by_system({'identifier': self.full.identifier})
            self.env.flush_all()

    def test_iii_3_a_access_levels_and_state_secrets(self):
        levels = dict(self.env['civic.document']._fields['access_level'].selection)
        self.assertEqual(set(levels), {'agency', 'unit', 'restricted'})
        with self.assertRaisesRegex(UserError, "state secrets"):
            self._create_document(secrecy='secret')

    def test_iii_5_a_every_act_leaves_its_line_readings_too(self):
        document = self.full
        document.with_user(self.clerk).write({'description': "Bổ sung"})
        document._correct({'signer_name': "Lê Thị Cúc"}, "Nhập nhầm")
        events = self._get_lines(document, 'creation', 'capture', 'registration', 'modification').mapped('event_type')
        self.assertEqual(events, ['creation', 'capture', 'registration', 'modification', 'modification'])
        change = self._get_lines(document, 'modification')[0]
        self.assertIn('"description":["Kèm phụ lục","Bổ sung"]', change.detail)
        self.assertEqual(change.user_id, self.clerk)

    def test_iii_5_d_a_registered_document_stays_whole(self):
        content = self.full.content_ids
        self.assertFalse(content._verify_digest())
        for act in (
            lambda: content.with_user(self.clerk).unlink(),
            lambda: content.sudo().attachment_id.write({'raw': b'khac'}),
            lambda: self.full.with_user(self.clerk).unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def test_iii_6_a_documents_and_accesses_are_counted(self):
        groups = dict(self.env['civic.document'].with_user(self.specialist)._read_group(
            [('company_id', '=', self.agency.id)], ['direction'], ['__count']))
        self.assertEqual(groups, {'incoming': 1})
        self.env['civic.journal.entry'].with_user(self.specialist)._append('access', self.full)
        self.env['civic.journal.entry'].with_user(self.leader)._append('download', self.full)
        counted = dict(self.env['civic.journal.entry'].with_user(self.manager)._read_group(
            [('res_model', '=', 'civic.document'), ('event_type', 'in', ('access', 'download'))],
            ['res_id'], ['__count']))
        self.assertEqual(counted[self.full.id], 2)

    def test_iii_6_d_every_input_field_and_the_content_are_searched(self):
        other = self._create_registered(
            type_id=self.type_plan.id, code_number='815', code_notation='KH-SVH', issue_date=date(2025, 3, 4),
            arrival_date=date(2025, 3, 6), issuer_id=self.citizen.id and self.env['res.partner'].create(
                {'name': "Sở Y tế", 'is_agency': True}).id,
            subject="Việc khác", signer_name="Người khác", signer_position="Giám đốc", description="Khác",
            unit_id=self.unit_finance.id, deadline=date(2025, 5, 1))
        documents = self.env['civic.document'].with_user(self.specialist)
        both = self.full + other
        described = documents.fields_get(INPUT_FIELDS.values(), ['searchable'])
        for number, name in INPUT_FIELDS.items():
            value = self.full[name].id if documents._fields[name].type == 'many2one' else self.full[name]
            with self.subTest(field=number, name=name):
                self.assertTrue(described[name]['searchable'])
                found = documents.search([('id', 'in', both.ids), (name, '=', value)])
                self.assertEqual(found, self.full)
        for words in ("phượng vĩ", "PHUONG VI", "4711/QĐ-BNV", "phê duyệt kế hoạch"):
            with self.subTest(words=words):
                self.assertIn(self.full, documents.search([('search_text', 'ilike', words)]))
        self.assertNotIn(other, documents.search([('search_text', 'ilike', "phượng vĩ")]))

    def test_iii_6_dd_people_choose_which_fields_the_results_show(self):
        arch = self._get_arch('list')
        chosen = {field.get('name') for field in arch.iter('field') if field.get('optional')}
        always = {field.get('name') for field in arch.iter('field')} - chosen
        split = {'code_number': 'reference', 'code_notation': 'reference'}
        for number, name in INPUT_FIELDS.items():
            with self.subTest(field=number):
                self.assertIn(split.get(name, name), chosen | always)
        self.assertEqual(always - {'subject'}, set(), "all but the subject may be hidden")

    def test_iii_6_g_the_results_have_an_order(self):
        later = self._create_registered(code_number='4712', arrival_date=date(2025, 3, 7))
        documents = self.env['civic.document'].with_user(self.specialist)
        domain = [('id', 'in', (self.full + later).ids), ('search_text', 'ilike', "phê duyệt")]
        self.assertEqual(documents.search(domain).ids, [later.id, self.full.id])
        self.assertEqual(documents.search(domain, order='register_number').ids, [self.full.id, later.id])

    def test_iii_7_b_all_metadata_show_to_who_may_read(self):
        names = {field.get('name') for field in self._get_arch('form').iter('field')}
        missing = set(INPUT_FIELDS.values()) - names - {'code_number'}       # it stands in the reference
        self.assertFalse(missing)
        values = self.full.with_user(self.specialist).read(list(INPUT_FIELDS.values()))[0]
        for number, name in INPUT_FIELDS.items():
            with self.subTest(field=number):
                self.assertTrue(values[name])
        restricted = self._create_registered(access_level='restricted', user_ids=[Command.link(self.leader.id)])
        with self.assertRaises(AccessError):
            restricted.with_user(self.specialist).read(['subject'])

    def test_iii_7_c_metadata_are_added_after_registration(self):
        document = self._create_registered(description=False, language=False, code_number='5')
        document.with_user(self.clerk).write({'description': "Bổ sung sau", 'language': 'vi'})
        self.assertRecordValues(document, [{'description': "Bổ sung sau", 'language': 'vi'}])
        self.assertIn('description', self._get_lines(document, 'modification').detail)

    def test_iii_7_d_the_control_of_security_is_kept(self):
        document = self._create_registered(access_level='unit', unit_id=self.unit_culture.id, code_number='6')
        document.with_user(self.clerk).write({'access_level': 'agency'})
        change = self.env['civic.access.change'].search([('document_id', '=', document.id)])
        change.with_user(self.records_admin).action_confirm()
        self.assertRecordValues(change, [{
            'changed_by_id': self.clerk.id, 'decided_by_id': self.records_admin.id, 'state': 'confirmed'}])
        self.assertIn('"access_level":["unit","agency"]', self._get_lines(document, 'modification').detail)
        with self.assertRaises(UserError):
            change.sudo().unlink()

    def test_iii_7_dd_the_link_of_document_and_metadata_is_fixed(self):
        content = self.full.content_ids
        other = self._create_document(code_number='7')
        for act in (
            lambda: content.with_user(self.clerk).write({'document_id': other.id}),
            lambda: self.full.with_user(self.clerk).write({'identifier': other.identifier}),
            lambda: self.full.with_user(self.clerk).write({'register_id': False}),
            lambda: content.with_user(self.clerk).write({'sha256': '0' * 64}),
        ):
            with self.assertRaises(UserError):
                act()
        self.assertEqual(content.document_id, self.full)

    def test_iv_1_dd_rights_follow_the_post(self):
        document = self._create_registered(access_level='unit', unit_id=self.unit_culture.id, code_number='8')
        self.assertTrue(document.with_user(self.specialist).has_access('read'))
        self.env['hr.employee'].search([('user_id', '=', self.specialist.id)]).department_id = self.unit_finance
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.specialist).has_access('read'))


@tagged('post_install', '-at_install')
class TestAnnexVIHttp(AnnexCommon, HttpCase):

    def test_iii_3_b_rights_of_each_document_by_every_way(self):
        """In the list, by search, by download, by export and by a direct call."""
        document = self.env['civic.document'].with_user(self.clerk)._capture('rieng.pdf', make_pdf("Nội dung riêng"), **(
            self._prepare_document(paper_original=False, code_number='99', access_level='restricted',
                                   user_ids=[Command.link(self.other_specialist.id)])))
        document._register_documents()
        content = document.content_ids
        people = self.other_specialist + self.specialist + self.manager
        people.group_ids += self.env.ref('base.group_allow_export')
        for user, may in ((self.other_specialist, True), (self.specialist, False), (self.manager, False)):
            theirs = document.with_user(user)
            with self.subTest(user=user.login):
                self.assertEqual(bool(theirs.search([('id', '=', document.id)])), may)
                self.assertEqual(bool(theirs.search([('search_text', 'ilike', "nội dung riêng")])), may)
                self.assertEqual(theirs.has_access('read'), may)
                self.authenticate(user.login, user.login)
                response = self.url_open(content._get_url(download=True))
                self.assertEqual(response.status_code, 200 if may else 404)
                if may:
                    self.assertTrue(theirs.export_data(['subject'])['datas'])
                else:
                    with self.assertRaises(AccessError):
                        theirs.read(['subject'])
                    with self.assertRaises(AccessError):
                        theirs.export_data(['subject'])
        self.assertEqual(len(self._get_lines(document, 'access', 'download').filtered(
            lambda line: line.outcome == 'success')), 1)

    def test_iii_5_a_a_view_of_the_file_is_in_the_history(self):
        self.authenticate(self.specialist.login, self.specialist.login)
        self.assertEqual(self.url_open(self.full.content_ids._get_url()).status_code, 200)
        self.assertRecordValues(self._get_lines(self.full, 'access'), [{'user_id': self.specialist.id, 'source': 'web'}])

    def test_iii_6_i_a_document_is_downloaded(self):
        self.authenticate(self.specialist.login, self.specialist.login)
        response = self.url_open(self.full.content_ids._get_url(download=True))
        self.assertEqual(response.content, self.raw)
        self.assertTrue(response.headers['Content-Disposition'].startswith('attachment'))
        self.assertEqual(len(self._get_lines(self.full, 'download')), 1)

    def _export(self, user, extension, **options):
        self.authenticate(user.login, user.login)
        return self.url_open('/civic/list/export', data={
            'extension': extension, 'csrf_token': Request.csrf_token(self), 'options': json.dumps({
                'model': 'civic.document', 'fields': ['reference', 'subject'], 'title': "Kết quả tìm kiếm",
                'domain': [['search_text', 'ilike', "phượng vĩ"]], **options})})

    def test_iii_6_h_the_results_of_a_search_are_exported(self):
        hidden = self.env['civic.document'].with_user(self.clerk)._capture(
            'rieng.pdf', make_pdf("phượng vĩ của riêng"), **self._prepare_document(
                paper_original=False, code_number='777', access_level='restricted',
                user_ids=[Command.link(self.leader.id)]))
        hidden._register_documents()
        _paragraphs, tables = read_docx(self._export(self.specialist, 'docx').content)
        texts = {
            'docx': ' '.join(cell for table in tables for row in table for cell in row),
            'pdf': ' '.join(read_pdf(self._export(self.specialist, 'pdf').content)),
            'xlsx': ' '.join(str(cell) for row in read_xlsx(self._export(self.specialist, 'xlsx').content) for cell in row),
        }
        for extension, text in texts.items():
            with self.subTest(extension=extension):
                self.assertIn("4711/QĐ-BNV", text)
                self.assertNotIn("777/QĐ-BNV", text)
        self.assertIn("777/QĐ-BNV", ' '.join(read_pdf(self._export(self.leader, 'pdf').content)))

    def test_iii_6_k_every_page_printed_from_the_system_says_so(self):
        for number in range(60):
            self._create_registered(code_number=str(5000 + number), subject="Phượng vĩ %s" % number)
        pages = read_pdf(self._export(self.specialist, 'pdf').content)
        self.assertGreater(len(pages), 1)
        for page in pages:
            # in the language of the request, which is the browser's where the test's server knows no other
            self.assertRegex(
                ' '.join(page.split()),
                r"(Printed from the Civic Records system by|In từ hệ thống Civic Records bởi) Town specialist")
