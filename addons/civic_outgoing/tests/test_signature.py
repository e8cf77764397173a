import subprocess
import tempfile
from pathlib import Path

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.civic_signature.tools import demo_server, timestamp
from odoo.addons.civic_signature.tools import pdf as pdf_tools
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CivicDigitalCommon


@tagged('post_install', '-at_install')
class TestSignature(CivicDigitalCommon):
    """Digital signatures of person and agency, with the number between them (Decree 30/2020, Articles 13.7, 32)."""

    def test_the_number_comes_between_the_signatures_and_both_stay_valid(self):
        document = self._create_to_sign()
        self._sign_digitally(document)
        self.assertEqual(document.state, 'signed')
        self.assertEqual(document.signed_content_id.signature_state, 'valid')
        self.assertEqual(document.main_content_id, document.signed_content_id)
        self._number_digitally(document)
        self.assertEqual((document.state, document.reference), ('registered', '01/KH-UBND'))
        original = document.content_ids.filtered(lambda content: content.role == 'original')
        self.assertEqual(document.main_content_id, original)
        original._check_signatures()
        self.assertEqual(original.signature_state, 'valid')
        self.assertEqual(original.signature_ids.sorted('sequence').mapped('role'), ['person', 'agency'])
        text = self._read(original)
        day = document.issue_date
        month = f'{day:%m}' if day.month < 3 else str(day.month)
        self.assertIn("Số: 01", text)
        self.assertIn(f"ngày {day:%d} tháng {month} năm {day.year}", text)

    def test_signed_in_december_and_numbered_in_january_both_signatures_hold(self):
        with freeze_time('2025-12-31 03:00:00'):
            document = self._create_to_sign()
            document.invalidate_recordset()
        # signed under the clock of today: certificates of the test are of today
        self._sign_digitally(document)
        self._number_digitally(document)
        original = document.main_content_id
        self.assertEqual(original.role, 'original')
        self.assertIn(f"năm {document.issue_date.year}", self._read(original))
        self.assertNotIn("năm 2025", self._read(original))
        original._check_signatures()
        self.assertEqual(original.signature_state, 'valid')

    def test_a_certificate_of_the_agency_that_ran_out_takes_no_number_and_says_what_to_do(self):
        document = self._create_to_sign()
        self._sign_digitally(document)
        self.agency_certificate.active = False
        with self.assertRaisesRegex(UserError, "Nothing is lost"), self.env.cr.savepoint():
            document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        self.assertEqual((document.state, document.register_number), ('signed', 0))

    def test_time_stamps_that_come_late_go_on_the_signed_file_and_on_the_original(self):
        """The time stamp authority is down: everything goes on, and what was signed is completed later."""
        with demo_server.serve(demo_server.TimestampHandler, None) as dead_url:
            pass
        authority = self.env['civic.timestamp.authority'].create({'name': "TSA", 'url': dead_url})
        self.agency.timestamp_authority_id = authority
        stamper = timestamp.make_demo_stamper(self.trust.tsa)

        def catch_up(content):
            with self.assertRaises(RetryableJobError):
                content.sudo()._job_add_timestamp(self.agency.id)
            with demo_server.serve(demo_server.TimestampHandler, stamper) as url:
                authority.url = url
                stamped = content.sudo()._job_add_timestamp(self.agency.id)
            authority.url = dead_url
            document.invalidate_recordset()
            return stamped

        document = self._create_to_sign()
        with trap_jobs() as trap:
            self._sign_digitally(document)
            signed = document.signed_content_id
            trap.assert_jobs_count(1, only=signed._job_add_timestamp)
        stamped = catch_up(signed)
        self.assertEqual((document.state, document.main_content_id), ('signed', stamped))
        with trap_jobs() as trap:
            self._number_digitally(document)
            self.assertEqual([job.method_name for job in trap.enqueued_jobs].count('_job_add_timestamp'), 1)
        original = document.main_content_id
        self.assertEqual(original.role, 'original')
        stamped = catch_up(signed)
        self.assertEqual((stamped.signed_from_id, document.main_content_id), (original, stamped))
        self.assertEqual(stamped.signature_state, 'valid')
        self.assertEqual(
            stamped.signature_ids.filtered(lambda row: row.role in ('person', 'agency')).mapped('level'), ['B-LTA', 'B-LTA'])
        self.assertEqual(document.with_user(self.clerk)._get_issued_content(), stamped)
        self.assertIn("Số: 01", self._read(stamped))

    def test_an_independent_program_finds_both_signatures(self):
        document = self._create_to_sign()
        self._sign_digitally(document)
        self._number_digitally(document)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, 'file.pdf')
            path.write_bytes(document.main_content_id.sudo().attachment_id.raw)
            answer = subprocess.run(
                ['pdfsig', '-nocert', path], capture_output=True, text=True, check=False).stdout
        self.assertEqual(answer.count("Signature is Valid."), 2)

    def test_the_receiver_in_the_system_gets_a_valid_document(self):
        document = self._create_to_sign(recipient_ids=[Command.create({'partner_id': self.other_agency.partner_id.id})])
        self._sign_digitally(document)
        self._number_digitally(document, issue_at_once=True)
        line = document.dispatch_ids
        self.assertEqual(line.state, 'sent', line.message)
        incoming = line.sudo().incoming_id
        incoming._check_signatures()
        self.assertEqual(incoming.signature_state, 'valid')

    def test_a_wrong_pin_signs_nothing_and_takes_no_number(self):
        document = self._create_to_sign()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._sign_digitally(document, pin='wrong')
        document.invalidate_recordset()
        self.assertEqual(document.state, 'review')
        self._sign_digitally(document)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._number_digitally(document, pin='wrong')
        document.invalidate_recordset()
        self.assertEqual((document.state, document.register_number), ('signed', 0))
        self._number_digitally(document)
        self.assertEqual(document.register_number, 1)

    def test_who_has_no_certificate_does_not_sign(self):
        document = self._create_to_sign(signer_id=self.deputy.id)
        with self.assertRaisesRegex(UserError, "no certificate"):
            self._sign_digitally(document, self.deputy)
        with self.assertRaises(AccessError):
            self.env['civic.sign.wizard'].with_user(self.deputy).create({
                'document_ids': document.ids, 'certificate_id': self.leader_certificate.id}).action_confirm()
        self.assertEqual(document.state, 'review')

    def test_many_are_signed_with_one_pin(self):
        documents = self._create_to_sign() | self._create_to_sign()
        early = self._create_submitted()
        action = self._sign_digitally(documents | early)
        documents.invalidate_recordset()
        self.assertEqual(set(documents.mapped('state')), {'signed'})
        result = self.env['civic.batch.result'].with_user(self.leader).browse(action['res_id'])
        self.assertEqual((result.title, result.problem_count), ("Signed: 2 of 3", 1))

    def test_a_file_without_room_for_number_or_signature_is_refused_with_the_reason(self):
        document = self._create_to_sign()
        self.authority.signer_name = "Tên Khác Hẳn"
        with self.assertRaisesRegex(UserError, "no room for the signature"):
            self._sign_digitally(document)
        self.authority.signer_name = "Trần Thị Cúc"
        document.sudo()._write_by_system({'code_notation': 'QĐ-KHAC'})
        with self.assertRaisesRegex(UserError, "leaves no room for Số"):
            self._sign_digitally(document)

    def test_the_seal_covers_the_left_third_of_the_signature(self):
        """Annex I, II.8.a."""
        document = self._create_to_sign()
        self._sign_digitally(document)
        fields = {item['name']: item for item in pdf_tools.list_fields(document.signed_content_id.sudo().attachment_id.raw)}
        person, seal = fields['civic_person']['box'], fields['civic_agency']['box']
        self.assertAlmostEqual(seal[0] + seal[2], person[0] + person[2] / 3, delta=1)

    def test_attachments_in_files_of_their_own_bear_the_agency_signature(self):
        """Annex I, II.8.b."""
        document = self._create_draft()
        self._make_version(document)
        raw = document.current_version_id.sudo().pdf_content_id.attachment_id.raw
        document.with_user(self.clerk)._attach_content("Phu luc.pdf", raw, 'appendix')
        document._submit()
        self._act(document, self.unit_head)
        self._act(document, self.clerk)
        self._sign_digitally(document)
        self._number_digitally(document)
        appendix = document.content_ids.filtered(lambda content: content.role == 'appendix')
        self.assertEqual(appendix.signed_ids.signature_state, 'valid')
        self.assertIn("01/KH-UBND", self._read(appendix.signed_ids))

    def test_a_key_on_its_way_cannot_come_over_rpc(self):
        document = self._create_to_sign()
        self._sign_digitally(document)
        with self.assertRaises(UserError):
            document.with_user(self.clerk).with_context(
                civic_agency_signing={'certificate': self.agency_certificate.id})._register_documents()
