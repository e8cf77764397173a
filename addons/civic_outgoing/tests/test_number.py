from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestNumber(CivicOutgoingCommon):
    """Number, date and notation (Decree 30/2020, Article 15; Annex I, II.3)."""

    def test_notations_follow_annex_i(self):
        document = self._create_draft()
        for document_type in self.env['civic.document.type'].search([('kind', '=', 'administrative')]):
            document.type_id = document_type
            with self.subTest(document_type.name):
                if document_type.abbreviation:
                    self.assertEqual(document.code_notation, f'{document_type.abbreviation}-UBND')
                else:
                    self.assertEqual(document.code_notation, 'UBND-VX')
        document.type_id = self.env.ref('civic_document.civic_document_type_qyd')
        self.assertEqual(document.code_notation, 'QyĐ-UBND', "the case is kept (Annex III)")
        document.write({'type_id': self.type_letter.id, 'unit_id': self.unit_finance.id})
        self.assertFalse(document._build_notation(), "an official letter without unit or field has no notation")

    def test_an_advisory_body_has_its_own_series(self):
        """Annex I, II.3.a."""
        council = self.env['res.partner'].create({
            'name': "Hội đồng Thi đua", 'is_agency': True, 'abbreviation': "HĐTĐ"})
        self.env['civic.register.series'].create({
            'name': "Hội đồng", 'company_id': self.agency.id, 'direction': 'outgoing', 'separate_body_id': council.id})
        own = self._create_numbered()
        other = self._create_numbered(issuer_id=council.id)
        self.assertEqual((own.reference, other.reference), ('01/KH-UBND', '01/KH-HĐTĐ'))
        self.assertNotEqual(own.register_id, other.register_id)

    def test_a_number_comes_after_the_signature_and_by_the_records_office(self):
        """Art. 15.2, 4.2."""
        document = self._create_to_sign()
        with self.assertRaisesRegex(UserError, "no signature"):
            document.with_user(self.clerk)._register_documents()
        document.with_user(self.leader)._sign()
        document.invalidate_recordset()
        for user in (self.specialist, self.leader, self.unit_head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user)._register_documents()
        document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        self.assertRecordValues(document, [{
            'state': 'registered', 'reference': '01/KH-UBND', 'register_number': 1,
            'issue_date': self.env['civic.document']._today()}])
        with self.assertRaisesRegex(UserError, "already registered under number"):
            document.with_user(self.clerk)._register_documents()

    def test_documents_signed_elsewhere_need_a_signer(self):
        document = self._create_document(
            direction='outgoing', code_number=False, code_notation='QĐ-UBND', arrival_date=False, issue_date=False,
            signer_name=False)
        with self.assertRaisesRegex(UserError, "Say who signed"):
            document._register_documents()
        document.signer_name = "Trần Thị Cúc"
        document._register_documents()
        self.assertTrue(document.register_number)

    def test_the_number_is_not_older_than_the_signature(self):
        document = self._create_signed()
        yesterday = self.env['civic.document']._today() - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "cannot bear the date"):
            document.with_user(self.clerk)._register_documents(yesterday)

    def test_signed_in_december_and_numbered_in_january_it_takes_the_new_year(self):
        """Art. 15.1, I."""
        with freeze_time('2025-12-31 03:00:00'):
            document = self._create_signed()
        with freeze_time('2026-01-02 03:00:00'):
            document.with_user(self.clerk)._register_documents()
            document.invalidate_recordset()
        self.assertEqual((document.register_id.year, document.register_number, document.issue_date), (
            2026, 1, date(2026, 1, 2)))
        self.assertIn("Số: 01 /KH-UBND", self._read(document.main_content_id))
        self.assertIn("ngày 02 tháng 01 năm 2026", self._read(document.main_content_id))

    def test_without_a_certificate_number_and_date_are_printed_all_the_same(self):
        document = self._create_numbered()
        day = document.issue_date
        self.assertIn("Số: 01 /KH-UBND", self._read(document.main_content_id))
        self.assertIn(
            f"ngày {day:%d} tháng {f'{day:%m}' if day.month < 3 else day.month} năm {day.year}",
            self._read(document.main_content_id))

    def test_where_there_is_no_room_the_clerk_is_told_to_write_by_hand(self):
        document = self._create_signed()
        document.sudo()._write_by_system({'code_notation': 'QĐ-KHAC'})
        document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        self.assertEqual(document.state, 'registered')
        self.assertIn("Số: … /QĐ-KHAC: write number and date on the paper by hand", document.message_ids[:1].body)
        self.assertIn("ngày %s tháng" % f'{document.issue_date:%d}', self._read(document.main_content_id))

    def test_a_year_in_print_is_not_written_over(self):
        """A PDF made elsewhere says the old year: there is no number before it is made anew."""
        values = type(self.env['civic.document'])._prepare_template_values
        with freeze_time('2025-12-31 03:00:00'), patch.object(
                type(self.env['civic.document']), '_prepare_template_values',
                lambda document, *args: {**values(document, *args), 'year': '2025'}):
            document = self._create_signed()
        with freeze_time('2026-01-02 03:00:00'):
            with self.assertRaisesRegex(UserError, "another year in print than 2026"), self.env.cr.savepoint():
                document.with_user(self.clerk)._register_documents()
            document.invalidate_recordset()
            self.assertEqual((document.state, document.register_number), ('signed', 0))
            document.with_user(self.clerk)._register_documents('2025-12-31')
            document.invalidate_recordset()
        self.assertIn("ngày 31 tháng 12 năm 2025", self._read(document.main_content_id))

    def test_a_legislative_notation_bears_the_year_of_the_number(self):
        document = self._create_signed()
        document.sudo()._write_by_system({'code_notation': '2025/QĐ-UBND'})
        with self.assertRaisesRegex(UserError, "bears another year"), self.env.cr.savepoint():
            document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        self.assertEqual((document.state, document.register_number), ('signed', 0))

    def test_the_original_is_kept_with_the_number(self):
        """Art. 19.2.a."""
        document = self._create_numbered()
        original = document.content_ids.filtered(lambda content: content.role == 'original')
        self.assertEqual(document.main_content_id, original)
        self.assertIn('01-KH-UBND', original.name)
        self.assertFalse(original._verify_digest())

    def test_the_form_shows_the_next_number_and_issues_at_once(self):
        document = self._create_signed()
        action = document.with_user(self.clerk).action_number()
        wizard = self.env['civic.number.wizard'].with_user(self.clerk).with_context(action['context']).create({
            'issue_at_once': True})
        self.assertEqual(wizard.next_label, '01/KH-UBND')
        wizard.action_confirm()
        document.invalidate_recordset()
        self.assertEqual(document.state, 'issued')
        with self.assertRaises(AccessError):
            document.with_user(self.specialist).action_number()

    def test_late_issue_knows_holidays_and_urgent_ones_have_hours(self):
        """Art. 18.1: the next working day; urgent ones right after the signature."""
        friday = datetime(2026, 3, 6, 3, 0)
        self.env['civic.calendar.day'].create({'name': "Nghỉ bù", 'date': '2026-03-09', 'kind': 'holiday'})
        document = self._create_draft()
        due = fields.Datetime.context_timestamp(document.with_context(tz='Asia/Ho_Chi_Minh'), document._get_issue_due_at(friday))
        self.assertEqual(due.date(), date(2026, 3, 10))
        document.urgency = 'express'
        self.assertEqual(document._get_issue_due_at(friday), friday + timedelta(hours=2))

    def test_what_is_late_is_found_and_urgent_ones_come_first(self):
        with freeze_time('2026-03-02 03:00:00'):
            document = self._create_signed()
        with freeze_time('2026-03-03 10:00:00'):
            document.invalidate_recordset()
            self.assertFalse(document.is_issue_late)
        with freeze_time('2026-03-04 03:00:00'):
            document.invalidate_recordset()
            self.assertTrue(document.is_issue_late)
            self.assertIn(document, self.env['civic.document'].search([('is_issue_late', '=', True)]))
            document._tell_late(self.agency)
        lines = self.env['civic.notification.line'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_id.code', '=', 'outgoing_late')])
        self.assertIn(self.clerk, lines.user_id)
        self.assertNotIn(self.leader, lines.user_id)
