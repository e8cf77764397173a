import base64
import hashlib
import json
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..exceptions import ContentRefused
from ..tools.content import FORMATS
from .common import CivicDocumentCommon
from .pdf import make_pdf

PLAN = "KẾ HOẠCH\nChuyển đổi số của Ủy ban nhân dân phường Hòa Bình"


@tagged('post_install', '-at_install')
class TestContent(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = make_pdf(PLAN, "Trang hai")
        cls.Document = cls.env['civic.document'].with_user(cls.clerk)

    def _capture(self, name="Kế hoạch.pdf", raw=None, user=None, **values):
        values = {'direction': 'incoming', 'subject': "Kế hoạch chuyển đổi số", 'issuer_id': self.ministry.id, **values}
        return self.env['civic.document'].with_user(user or self.clerk)._capture(name, raw or self.raw, **values)

    def _lines(self, records, event_type):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', records._name), ('res_id', 'in', records.ids), ('event_type', '=', event_type)])

    # === COMING IN === #

    def test_capture_makes_a_draft_with_its_measured_original(self):
        document = self._capture()
        content = document.content_ids
        self.assertRecordValues(document, [{
            'state': 'draft', 'page_count': 2, 'main_content_id': content.id, 'company_id': self.agency.id}])
        self.assertRecordValues(content, [{
            'name': "Kế hoạch.pdf", 'role': 'original', 'size': len(self.raw), 'mimetype': 'application/pdf',
            'page_count': 2, 'sha256': hashlib.sha256(self.raw).hexdigest(), 'text_state': 'done'}])
        self.assertTrue(content.puid.startswith('fmt/'))
        line = self._lines(document, 'capture')
        self.assertIn(content.sha256, line.detail)
        self.assertEqual(line.user_id, self.clerk)
        self.assertEqual(Path(content._get_path()).read_bytes(), self.raw)

    def test_the_same_file_twice_is_one_file_and_is_stored_once(self):
        document = self._capture()
        again = document._attach_content("Tên khác.pdf", self.raw)
        self.assertEqual(again, document.content_ids)
        other = self._capture()
        self.assertNotEqual(other.content_ids, again)
        self.assertEqual(other.content_ids._get_path(), again._get_path(), "one file on disk")

    def test_two_clerks_uploading_the_same_file_see_each_other(self):
        first = self._capture()
        second = self._capture("Bản khác.pdf", user=self.second_clerk, issuer_id=False)
        self.assertEqual(second.duplicate_ids, first.with_user(self.second_clerk))
        first.action_register()
        self.assertEqual(second.duplicate_ids.state, first.state)
        foreign = self._capture(user=self.foreign_clerk, issuer_id=False, company_id=self.other_agency.id)
        self.assertFalse(foreign.duplicate_ids, "another agency's papers are nobody's business")

    def test_roles_of_files(self):
        document = self._capture()
        appendix = document._attach_content("Phụ lục.pdf", make_pdf("Phụ lục"), role='appendix')
        self.assertEqual(document.content_ids.mapped('role'), ['original', 'appendix'])
        self.assertEqual(document.main_content_id.role, 'original')
        with self.assertRaisesRegex(UserError, "made from another file"):
            document._attach_content("a.pdf", make_pdf("x"), role='rendition')
        rendition = document._attach_content(
            "a.pdf", make_pdf("x"), role='rendition', derived_from=document.main_content_id)
        self.assertEqual(rendition.derived_from_id, document.main_content_id)
        other = self._capture("b.pdf", make_pdf("y"))
        with self.assertRaisesRegex(UserError, "belongs to the document"):
            other._attach_content("c.pdf", make_pdf("z"), role='rendition', derived_from=appendix)

    def test_specialists_attach_nothing(self):
        document = self._capture()
        with self.assertRaises(AccessError):
            document.with_user(self.specialist)._attach_content("a.pdf", make_pdf("x"), role='appendix')
        with self.assertRaises(AccessError):
            self._capture(user=self.specialist)

    def test_the_form_adds_a_file_and_keeps_no_copy(self):
        document = self._capture()
        Wizard = self.env['civic.content.upload'].with_user(self.clerk).with_context(default_document_id=document.id)
        raw = make_pdf("Phụ lục")
        with Form(Wizard) as form:
            self.assertEqual(form.role, 'appendix')
            form.file = base64.b64encode(raw).decode()
            form.file_name = "Phụ lục.pdf"
        wizard = form.record
        wizard.action_confirm()
        self.assertEqual(wizard.content_id, document.content_ids[-1])
        self.assertEqual(wizard.content_id.sha256, hashlib.sha256(raw).hexdigest())
        self.env.cr.execute("SELECT * FROM civic_content_upload WHERE id = %s", [wizard.id])
        self.assertNotIn('file', {column.name for column in self.env.cr.description})
        self.assertFalse(self.env['ir.attachment'].search([('res_model', '=', 'civic.content.upload')]))

    # === BAD INPUT === #

    def test_each_bad_file_is_refused_with_a_message_and_leaves_no_draft(self):
        rules = self.env['civic.rule.value']
        maximum = rules.search([('key', '=', 'content.max_bytes')], limit=1)
        pages = rules.search([('key', '=', 'content.max_pages')], limit=1)
        cases = (
            ("a.pdf", b'', 'empty', "0 bytes"),
            ("a.pdf", self.raw[:700], 'corrupt', "damaged or incomplete"),
            ("a.pdf", make_pdf(PLAN, password='x'), 'encrypted', "protected by a password"),
            ("a.docx", self.raw, 'extension_mismatch', "not what its name says"),
            ("../../a.pdf", self.raw, 'bad_name', "The name of the file"),
            ("a.exe", b'MZ' + bytes(100), 'forbidden_format', "not accepted"),
            ("a.pdf", self.raw + bytes(200_000), 'too_large', "at most"),
            ("a.pdf", make_pdf("a", "b", "c", "d"), 'too_many_pages', "has 4 pages"),
        )
        maximum.sudo().value = '150000'
        pages.sudo().value = '3'
        documents = self.env['civic.document'].search_count([])
        for name, raw, code, message in cases:
            with self.subTest(code):
                error = None
                try:
                    self.Document._capture(name, raw, direction='incoming', subject="x")
                except ContentRefused as refused:       # assertRaises would roll the quarantine back
                    error = refused
                self.assertEqual(error.code, code)
                self.assertIn(message, str(error))
                quarantine = self.env['civic.quarantine'].browse(error.quarantine_id)
                self.assertRecordValues(quarantine, [{
                    'reason_code': code, 'reason': str(error), 'sha256': hashlib.sha256(raw).hexdigest(),
                    'user_id': self.clerk.id, 'company_id': self.agency.id, 'state': 'held'}])
                self.assertEqual(quarantine.attachment_id.raw or b'', raw)
                self.assertNotIn('/', quarantine.name)
        self.assertEqual(self.env['civic.document'].search_count([]), documents)

    def test_which_formats_are_accepted_is_a_rule(self):
        rule = self.env.ref('civic_base.rule_value_content_formats').sudo()
        self.assertLessEqual(set(json.loads(rule.value)), set(FORMATS))
        rule.value = '["docx", "txt"]'
        with self.assertRaisesRegex(ContentRefused, "docx, txt"):
            self.Document._capture("a.pdf", self.raw, direction='incoming', subject="x")

    def test_a_secret_leaves_nothing_but_the_fact(self):
        raw = make_pdf("TUYỆT MẬT\nKế hoạch tác chiến")
        digest = hashlib.sha256(raw).hexdigest()
        document = self._capture()
        before = self.env['ir.attachment'].search_count([])
        for act in (
            lambda: self.Document._capture("Tài liệu đặc biệt.pdf", raw, direction='incoming', subject="x"),
            lambda: document._attach_content("Tài liệu đặc biệt.pdf", raw, role='appendix'),
        ):
            try:
                act()
            except UserError as error:
                self.assertNotIsInstance(error, ContentRefused)
                self.assertIn("30/2020", str(error))
            else:
                self.fail("a secret was kept")
        self.assertEqual(self.env['ir.attachment'].search_count([]), before)
        self.assertFalse(self.env['civic.quarantine'].search([('sha256', '=', digest)]))
        self.assertFalse(self.env['civic.content'].search([('sha256', '=', digest)]))
        lines = self.env['civic.journal.entry'].search([('event_type', '=', 'refusal')], limit=2)
        for line in lines:
            self.assertIn(digest, line.detail)
            self.assertEqual(line.outcome, 'failure')
            self.assertNotIn("đặc biệt", line.detail + (line.object_ref or ''))

    def test_a_secret_in_the_chatter_is_refused_too(self):
        document = self._capture()
        raw = make_pdf("TỐI MẬT\nPhương án")
        for values in (
            {'name': 'a.pdf', 'raw': raw}, {'name': 'Tối mật.txt', 'raw': b'x'},
            {'name': 'a.pdf', 'datas': base64.b64encode(raw)},
        ):
            with self.assertRaisesRegex(UserError, "30/2020"):
                self.env['ir.attachment'].create({**values, 'res_model': 'civic.document', 'res_id': document.id})
        loose = self.env['ir.attachment'].create({'name': 'a.pdf', 'raw': raw})
        with self.assertRaisesRegex(UserError, "30/2020"):
            loose.write({'res_model': 'civic.document', 'res_id': document.id})
        clean = self.env['ir.attachment'].create({
            'name': 'a.pdf', 'raw': self.raw, 'res_model': 'civic.document', 'res_id': document.id})
        self.assertEqual(clean.res_id, document.id)

    # === FROZEN === #

    def test_what_was_measured_never_changes(self):
        content = self._capture().content_ids
        for name, value in (('sha256', 'x'), ('size', 1), ('mimetype', 'text/html'), ('document_id', False),
                            ('attachment_id', False), ('puid', 'x'), ('page_count', 9)):
            for record in (content.with_user(self.clerk), content.with_user(self.records_admin), content.sudo()):
                with self.subTest(name), self.assertRaises(AccessError):
                    record.write({name: value})

    def test_the_bytes_never_change_not_even_for_the_superuser(self):
        content = self._capture().content_ids
        attachment = content.sudo().attachment_id
        for values in (
            {'raw': b'x'}, {'datas': base64.b64encode(b'x')}, {'name': 'x'}, {'mimetype': 'text/html'}, {'public': True},
            {'access_token': 'x'}, {'res_model': 'res.partner', 'res_id': 1}, {'type': 'url', 'url': 'http://a'},
            {'db_datas': b'x'}, {'res_id': 1}, {'res_field': 'x'},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                attachment.write(values)
        with self.assertRaises(UserError):
            attachment.unlink()
        with self.assertRaises(UserError):
            attachment.generate_access_token()
        attachment.write({'raw': self.raw})                 # moving the storage writes the same bytes again
        self.assertEqual(attachment.raw, self.raw)

    def test_only_drafts_lose_files(self):
        document = self._capture()
        appendix = document._attach_content("Phụ lục.pdf", make_pdf("Phụ lục"), role='appendix')
        self.assertTrue(self.Document.search([('search_text', 'ilike', 'phu luc'), ('id', '=', document.id)]))
        appendix.unlink()
        self.assertFalse(self.Document.search([('search_text', 'ilike', 'phu luc'), ('id', '=', document.id)]))
        self.assertIn('"removed"', self._lines(document, 'modification')[0].detail)
        document.action_register()
        for record in (document.content_ids, document.sudo().content_ids):
            with self.assertRaisesRegex(UserError, "registered document"):
                record.unlink()
            with self.assertRaises(UserError):
                record.write({'name': 'x.pdf'})
        with self.assertRaisesRegex(UserError, "never changes"):
            document._attach_content("b.pdf", make_pdf("y"))
        with self.assertRaises(UserError):
            document.write({'content_ids': [Command.delete(document.content_ids.id)]})
        rendition = document._attach_content(
            "b.pdf", make_pdf("y"), role='rendition', derived_from=document.content_ids)
        rendition.unlink()
        self.assertEqual(len(document.content_ids), 1)

    def test_a_draft_goes_with_its_files(self):
        document = self._capture()
        attachment = document.content_ids.sudo().attachment_id
        document.unlink()
        self.assertFalse(attachment.exists())

    def test_a_paper_that_is_scanned_later_takes_its_first_original(self):
        document = self._create_registered()
        content = document._attach_content("Quét.pdf", self.raw)
        self.assertEqual(document.main_content_id, content)
        with self.assertRaisesRegex(UserError, "never changes"):
            document._attach_content("Quét lại.pdf", make_pdf("khác"))

    def test_nobody_creates_content_by_hand(self):
        document = self._capture()
        with self.assertRaises(AccessError):
            self.env['civic.content'].with_user(self.clerk).create({'document_id': document.id, 'name': 'x'})
        with self.assertRaises(AccessError):
            self.env['ir.attachment'].with_user(self.clerk).create({
                'name': 'x', 'raw': b'x', 'res_model': 'civic.content', 'res_id': document.content_ids.id})

    def test_a_new_name_keeps_kind_and_place(self):
        content = self._capture().content_ids
        content.name = "Kế hoạch năm 2025.pdf"
        for name in ('a.exe', '../a.pdf', 'b/a.pdf', "Tối mật.pdf"):
            with self.subTest(name), self.assertRaises(UserError):
                content.name = name

    # === READING === #

    @users('town_clerk', 'town_specialist', 'town_records_admin', 'admin')
    def test_the_attachment_is_closed_to_everyone(self):
        content = self.env['civic.content'].sudo().search([('document_id', '=', self._capture().id)])
        attachment = self.env['ir.attachment'].browse(content.attachment_id.id)
        for names in (['raw'], ['datas'], ['name'], ['store_fname'], ['index_content']):
            with self.assertRaises(AccessError):
                attachment.read(names)
        Attachment = self.env['ir.attachment']
        for domain in (
            [('id', '=', attachment.id)], [('res_model', '=', 'civic.content')],
            [('res_model', '=', 'civic.content'), ('res_id', '=', content.id)], [('checksum', '=', content.attachment_id.checksum)],
            ['|', ('res_model', '=', 'civic.content'), ('id', '=', attachment.id)],
        ):
            self.assertFalse(Attachment.search(domain) & attachment, domain)
            self.assertNotIn(attachment.id, [row['id'] for row in Attachment.search_read(domain, ['raw'])])
        with self.assertRaises(AccessError):
            self.env['civic.content'].browse(content.id).read(['attachment_id'])
        with self.assertRaises(AccessError):
            self.env['civic.document.text'].search([])

    def test_ordinary_attachments_stay_as_they_were(self):
        partner = self.env['res.partner'].create({'name': "x"})
        attachment = self.env['ir.attachment'].with_user(self.clerk).create({'name': 'a.txt', 'raw': b'abc'})
        self.assertEqual(attachment.with_user(self.clerk).raw, b'abc')
        linked = self.env['ir.attachment'].create({
            'name': 'b.txt', 'raw': b'abc', 'res_model': 'res.partner', 'res_id': partner.id})
        found = self.env['ir.attachment'].with_user(self.clerk).search([('res_model', '=', 'res.partner'), ('res_id', '=', partner.id)])
        self.assertEqual(found, linked)
        image = self.env['ir.attachment'].search([('res_field', '!=', False)], limit=1)
        hidden = self.env['ir.attachment'].with_user(self.specialist).search([('mimetype', '=', image.mimetype)])
        self.assertFalse(hidden.sudo().filtered('res_field'), "field attachments stay out of an ordinary search")

    def test_files_follow_the_rights_of_their_document(self):
        content = self._capture(access_level='restricted', user_ids=[Command.link(self.leader.id)]).content_ids
        self.assertEqual(content.with_user(self.leader).name, "Kế hoạch.pdf")
        for user in (self.specialist, self.other_specialist, self.manager, self.foreign_clerk, self.foreign_leader):
            with self.subTest(user.login):
                own = content.with_user(user)
                own.invalidate_recordset()
                self.assertFalse(own.search([('id', '=', content.id)]))
                with self.assertRaises(AccessError):
                    own.read(['name'])
        with self.assertRaises(AccessError):
            content.with_user(self.leader).unlink()

    def test_files_are_listed_with_as_many_queries_for_one_as_for_many(self):
        document = self._capture()
        counts = []
        for _turn in range(2):
            contents = document.content_ids
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            contents.with_user(self.specialist).read(['name', 'role', 'size_display', 'preview_url', 'page_count'])
            counts.append(self.env.cr.sql_log_count - before)
            for number in range(8):
                document._attach_content(f"Phụ lục {number}.pdf", make_pdf(f"Phụ lục {number}"), role='appendix')
        self.assertLessEqual(counts[1], counts[0])

    # === FIXITY AND TEXT === #

    def test_fixity_finds_a_changed_and_a_lost_file(self):
        document = self._capture("Riêng.pdf", make_pdf("Nội dung riêng của phép thử"))
        content = document.content_ids
        self.assertFalse(content._verify_digest())
        self.assertEqual(content.action_verify()['params']['type'], 'success')
        path = Path(content._get_path())
        raw = path.read_bytes()
        self.addCleanup(path.unlink, missing_ok=True)
        path.chmod(0o600)
        path.write_bytes(raw[:-1] + b'x')
        self.assertEqual(content._verify_digest(), content)
        path.unlink()
        with mute_logger('odoo.addons.base.models.ir_attachment'):
            self.assertEqual(content._verify_digest(), content)
        with self.assertRaisesRegex(UserError, "no longer what was received"):
            content.action_verify()
        self.assertEqual(
            self._lines(document, 'fixity_check').sorted('id').mapped('outcome'),
            ['success', 'success', 'failure', 'failure', 'failure'])

    def test_a_long_text_is_read_on_in_the_background(self):
        raw = make_pdf(*[f"trang {number}" for number in range(1, 46)])
        with trap_jobs() as trap:
            content = self._capture("Dài.pdf", raw).content_ids
            trap.assert_jobs_count(1, only=content._job_read_text)
            self.assertEqual(content.text_state, 'pending')
            domain = [('search_text', '=', '"trang 44"'), ('id', '=', content.document_id.id)]
            self.assertFalse(self.Document.search(domain))
            trap.perform_enqueued_jobs()
        self.assertEqual(content.text_state, 'done')
        self.assertEqual(self.Document.search(domain), content.document_id)

    def test_a_secret_that_comes_to_light_later_is_taken_out_even_when_registered(self):
        pages = [f"trang {number}" for number in range(1, 41)] + ["TỐI MẬT\nPhụ lục"]
        with trap_jobs() as trap:
            document = self._capture("Dài.pdf", make_pdf(*pages))
            document.action_register()
            content = document.content_ids
            attachment, digest = content.sudo().attachment_id, content.sha256
            trap.perform_enqueued_jobs()
        self.assertFalse(content.exists())
        self.assertFalse(attachment.exists())
        self.assertFalse(document.main_content_id)
        self.assertEqual(document.state, 'registered', "the number stays")
        self.assertFalse(self.Document.search([('search_text', '=', '"trang 3"'), ('id', '=', document.id)]))
        line = self._lines(document, 'refusal')
        self.assertIn(digest, line.detail)
        self.assertNotIn("Dài", line.detail)
