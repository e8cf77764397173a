import base64
import io
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..const import PDF_RETRIES
from ..tools import office
from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestDraft(CivicOutgoingCommon):
    """Drafting (Decree 30/2020, Article 10): fields, versions, and bad files."""

    def _docx(self, document, **parts):
        """The current version with parts of the package replaced or added."""
        raw = document.sudo().current_version_id.content_id.attachment_id.raw
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(target, 'w') as archive:
            for item in source.infolist():
                if item.filename not in parts:
                    archive.writestr(item, source.read(item.filename))
            for name, content in parts.items():
                archive.writestr(name, content)
        return target.getvalue()

    def _changed(self, document, old, new):
        raw = document.sudo().current_version_id.content_id.attachment_id.raw
        with zipfile.ZipFile(io.BytesIO(raw)) as source:
            text = source.read('word/document.xml').decode()
        self.assertIn(old, text)
        return self._docx(document, **{'word/document.xml': text.replace(old, new)})

    def test_a_specialist_drafts_in_the_form(self):
        view = self.env.ref('civic_outgoing.civic_document_view_form_outgoing')
        with Form(self.env['civic.document'].with_user(self.specialist).with_company(self.agency).with_context(
                default_direction='outgoing', civic_drafting=True), view) as form:
            form.type_id = self.type_letter
            form.subject = "Góp ý dự thảo"
            form.signer_id = self.leader
            with form.recipient_ids.new() as line:
                line.partner_id = self.ministry
                line.kind = 'addressee'
        document = form.save()
        self.assertRecordValues(document, [{
            'code_notation': 'UBND-VX', 'drafter_id': self.specialist.id, 'unit_id': self.unit_culture.id,
            'signing_authority_id': self.authority.id,
            'template_id': self.env.ref('civic_outgoing.civic_template_cong_van').id}])
        self.assertEqual(document.recipient_ids.channel, 'post')

    def test_who_drafts_reads_it_whatever_the_access(self):
        document = self._create_draft(
            access_level='restricted', user_ids=[Command.link(self.other_specialist.id)])
        self.assertEqual(document.user_ids, self.specialist | self.other_specialist)
        self.assertTrue(document.with_user(self.specialist).has_access('write'))
        self.assertFalse(document.with_user(self.other_specialist).has_access('write'))

    def test_every_version_stays_with_who_and_why(self):
        document = self._create_draft()
        first = self._make_version(document)
        self.assertEqual(document.main_content_id, first.pdf_content_id)
        raw = self._changed(document, "Nâng cao", "Tăng cường")
        second = document._add_version("Ke hoach.docx", raw, 'upload', "Sửa mục đích")
        self.assertRecordValues(document.version_ids.sorted('number', reverse=True), [
            {'number': 2, 'source': 'upload', 'reason': "Sửa mục đích", 'user_id': self.specialist.id, 'pdf_state': 'pending'},
            {'number': 1, 'source': 'template', 'reason': "Made from “Plan”", 'user_id': self.specialist.id,
             'pdf_state': 'done'},
        ])
        self.assertEqual(document.current_version_id, second)
        second.sudo()._make_pdf()
        self.assertEqual(document.main_content_id, second.pdf_content_id)
        self.assertEqual(first.content_id.exists().role, 'draft')
        third = document._generate()
        self.assertEqual(third.number, 3)

    def test_versions_are_written_by_nobody(self):
        document = self._create_draft()
        version = self._make_version(document)
        for user in (self.specialist, self.clerk, self.records_admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                version.with_user(user).write({'reason': "Khác"})
        with self.assertRaises(AccessError):
            document.write({'current_version_id': False})

    def test_the_same_file_is_no_new_version(self):
        document = self._create_draft()
        version = self._make_version(document)
        with self.assertRaisesRegex(UserError, "same as version 1"):
            document._add_version("a.docx", version.sudo().content_id.attachment_id.raw, 'upload', "Không đổi")

    def test_the_difference_between_versions_is_shown(self):
        document = self._create_draft()
        self._make_version(document)
        document._add_version("b.docx", self._changed(document, "Nâng cao", "Tăng cường"), 'upload', "Sửa")
        action = document.action_compare()
        wizard = self.env['civic.version.compare'].with_user(self.specialist).browse(action['res_id'])
        self.assertIn("<del>Nâng</del><ins>Tăng</ins>", wizard.difference)
        with self.assertRaises(AccessError):
            document.current_version_id.with_user(self.foreign_clerk).action_compare()

    def test_the_upload_form_keeps_the_next_version(self):
        document = self._create_draft()
        self._make_version(document)
        wizard = self.env['civic.version.upload'].with_user(self.specialist).create({
            'document_id': document.id, 'reason': "Sửa", 'file_name': "c.docx",
            'file': base64.b64encode(self._changed(document, "Nâng cao", "Tăng cường"))})
        wizard.action_confirm()
        self.assertEqual(document.current_version_id.number, 2)
        with self.assertRaises(AccessError):
            self.env['civic.version.upload'].with_user(self.other_specialist).create({
                'document_id': document.id, 'reason': "Sửa", 'file_name': "d.docx", 'file': base64.b64encode(b'PK')})

    @mute_logger('odoo.addons.civic_document.models.civic_quarantine')
    def test_bad_files_are_refused_with_a_clear_message_and_nothing_is_lost(self):
        document = self._create_draft()
        version = self._make_version(document)
        relation = (
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'attachedTemplate" Target="http://example.com/x.dotm" TargetMode="External"/></Relationships>')
        for name, raw, message in (
            ("corrupt.docx", version.sudo().content_id.attachment_id.raw[:500], "damaged|no Word document"),
            ("macro.docx", self._docx(document, **{'word/vbaProject.bin': b'\xd0\xcf'}), "macros"),
            ("link.docx", self._docx(document, **{'word/_rels/settings.xml.rels': relation}), "from outside"),
            ("old.doc", b'\xd0\xcf\x11\xe0', "neither"),
            ("text.docx", b'no zip at all', "no Word document"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, message):
                document._add_version(name, raw, 'upload', "Thử")
        self.assertEqual(document.current_version_id, version)

    def test_a_conversion_that_fails_is_told_and_can_be_tried_again(self):
        document = self._create_draft()
        version = self._make_version(document, make_pdf=False)
        program = office.PROGRAM
        self.addCleanup(setattr, office, 'PROGRAM', program)
        office.PROGRAM = 'no-such-program'
        version.sudo()._make_pdf()
        self.assertEqual(version.pdf_state, 'failed')
        self.assertIn("LibreOffice is not installed", document.pdf_error)
        with self.assertRaisesRegex(UserError, "LibreOffice"):
            version.action_show_pdf()
        office.PROGRAM = program
        version.with_user(self.specialist).action_make_pdf()
        self.assertEqual(version.pdf_state, 'pending')
        version.sudo()._make_pdf()
        self.assertEqual((version.pdf_state, version.pdf_error), ('done', False))

    def test_a_crash_or_hang_of_the_converter_is_tried_again_and_loses_nothing(self):
        document = self._create_draft()
        version = self._make_version(document, make_pdf=False)
        program = office.PROGRAM
        self.addCleanup(setattr, office, 'PROGRAM', program)
        to_pdf = office.to_pdf
        self.patch(office, 'to_pdf', lambda raw: to_pdf(raw, timeout=1))
        with tempfile.TemporaryDirectory() as folder:
            for number, (script, message) in enumerate((
                    ('kill -SEGV $$', "could not be processed"), ('sleep 60', "took too long")), start=1):
                office.PROGRAM = str(Path(folder, f'soffice{number}'))
                Path(office.PROGRAM).write_text(f'#!/bin/sh\n{script}\n')
                Path(office.PROGRAM).chmod(0o755)
                with self.subTest(script), trap_jobs() as trap:
                    version.sudo()._job_make_pdf()
                    trap.assert_jobs_count(1, only=version._job_make_pdf)
                    self.assertGreater(trap.enqueued_jobs[0].eta, datetime.now() + timedelta(seconds=50))
                self.assertEqual((version.pdf_state, version.pdf_attempts), ('pending', number))
                self.assertIn(message, document.pdf_error)
        self.assertTrue(version.content_id.sudo().attachment_id.raw)
        version.sudo().pdf_attempts = len(PDF_RETRIES)
        office.PROGRAM = '/bin/false'
        with trap_jobs() as trap:
            version.sudo()._job_make_pdf()
            trap.assert_jobs_count(0)
        self.assertEqual(version.pdf_state, 'failed', "after the last attempt a person decides")
        office.PROGRAM = program
        self.patch(office, 'to_pdf', to_pdf)
        version.with_user(self.specialist).action_make_pdf()
        self.assertEqual((version.pdf_state, version.pdf_attempts), ('pending', 0))
        version.sudo()._job_make_pdf()
        self.assertEqual((version.pdf_state, version.pdf_error), ('done', False))

    def test_a_pdf_made_elsewhere_is_a_version_of_its_own_rendition(self):
        document = self._create_draft()
        version = self._make_version(document)
        raw = version.sudo().pdf_content_id.attachment_id.raw
        other = self._create_draft()
        taken = other._add_version("San.pdf", raw, 'upload', "Soạn ở nơi khác")
        taken.sudo()._make_pdf()
        self.assertEqual((taken.pdf_state, taken.pdf_content_id), ('done', taken.content_id))

    def test_only_the_drafter_and_the_head_of_the_unit_write_the_draft(self):
        document = self._create_draft()
        for user, may in (
            (self.specialist, True), (self.unit_head, True), (self.clerk, True), (self.other_specialist, False),
            (self.finance_head, False), (self.archivist, False), (self.leader, False), (self.foreign_clerk, False),
        ):
            with self.subTest(user=user.login):
                if may:
                    document.with_user(user).write({'subject': f"Sửa bởi {user.login}"})
                else:
                    with self.assertRaises(AccessError):
                        document.with_user(user).write({'subject': "Không được"})

    def test_specialists_write_no_other_documents(self):
        incoming = self._create_document()
        with self.assertRaises(AccessError):
            incoming.with_user(self.specialist).write({'subject': "Không được"})
        with self.assertRaises(AccessError):
            self._create_document(self.specialist)

    def test_lists_of_other_documents_offer_specialists_nothing_to_create(self):
        documents = self.env['civic.document'].with_user(self.specialist)
        view = self.env.ref('civic_document.civic_document_view_list')
        self.assertIn('create="0"', documents.get_view(view.id, 'list')['arch'])
        own = self.env.ref('civic_outgoing.civic_document_view_list_outgoing')
        self.assertNotIn('create="0"', documents.get_view(own.id, 'list')['arch'])

    def test_a_draft_is_deleted_until_it_was_submitted(self):
        document = self._create_draft()
        self._make_version(document)
        with self.assertRaises(AccessError):
            document.unlink()
        document.with_user(self.clerk).unlink()
        submitted = self._create_submitted()
        submitted.route_case_ids._stop("Thử")
        submitted.invalidate_recordset()
        self.assertEqual(submitted.state, 'draft')
        with self.assertRaisesRegex(UserError, "submitted already"):
            submitted.with_user(self.clerk).unlink()
        submitted._cancel("Không ban hành nữa")
        self.assertEqual(submitted.state, 'cancelled')

    def test_relations_follow_article_18_3(self):
        issued = self._create_registered(
            direction='outgoing', type_id=self.type_plan.id, code_number=False, code_notation='KH-UBND',
            arrival_date=False, issue_date=False)
        self.assertTrue(self._create_draft(relation='replaces', related_id=issued.id))
        with self.assertRaisesRegex(UserError, "same type"):
            self._create_draft(relation='amends', related_id=issued.id, type_id=self.type_decision.id)
        with self.assertRaisesRegex(UserError, "official letter"):
            self._create_draft(relation='corrects', related_id=issued.id)
        self.assertTrue(self._create_draft(relation='corrects', related_id=issued.id, type_id=self.type_letter.id))
        with self.assertRaises(UserError):
            self._create_draft(relation='replaces', related_id=self._create_registered().id)
