import json
from datetime import date
from uuid import UUID

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestDocument(CivicDocumentCommon):

    def _get_lines(self, document, event_type=None):
        domain = [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)]
        if event_type:
            domain.append(('event_type', '=', event_type))
        return self.env['civic.journal.entry'].search(domain, order='id')

    # === IDENTITY AND REFERENCE === #

    def test_each_document_has_an_identifier_of_its_own(self):
        first, second = self._create_document(), self._create_document()
        self.assertEqual(str(UUID(first.identifier)), first.identifier)
        self.assertNotEqual(first.identifier, second.identifier)
        self.assertNotEqual(first.copy().identifier, first.identifier)
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                'UPDATE civic_document SET identifier = %s WHERE id = %s', [first.identifier, second.id])

    def test_reference_puts_a_zero_before_numbers_below_ten(self):
        """Decree 30/2020, Annex I, II.3 (rule 11)."""
        for number, notation, reference, key in [
            ('5', 'QĐ-UBND', '05/QĐ-UBND', '5/qd-ubnd'),
            ('15', 'QĐ-UBND', '15/QĐ-UBND', '15/qd-ubnd'),
            ('05', 'QyĐ-UBND', '05/QyĐ-UBND', '5/qyd-ubnd'),
            ('30', '2020/NĐ-CP', '30/2020/NĐ-CP', '30/2020/nd-cp'),
            ('12a', 'KH-UBND', '12a/KH-UBND', '12a/kh-ubnd'),
            ('7', False, '07', '7'),
            (False, 'QĐ-UBND', 'QĐ-UBND', False),
            (False, False, False, False),
        ]:
            with self.subTest(number=number, notation=notation):
                document = self._create_document(code_number=number, code_notation=notation)
                self.assertRecordValues(document, [{'reference': reference, 'reference_key': key}])

    def test_reference_may_be_typed_as_a_whole(self):
        document = self._create_document(code_number=False, code_notation=False, reference="Số: 123/QĐ-UBND")
        self.assertRecordValues(document, [{
            'code_number': '123', 'code_notation': 'QĐ-UBND', 'reference': '123/QĐ-UBND'}])
        document.reference = "05/2024/NĐ-CP"
        self.assertRecordValues(document, [{
            'code_number': '05', 'code_notation': '2024/NĐ-CP', 'reference_key': '5/2024/nd-cp'}])
        document.reference = "Thư mời"
        self.assertRecordValues(document, [{'code_number': False, 'code_notation': 'Thư mời'}])

    def test_the_form_reads_reference_date_and_organ_code(self):
        form = Form(self.env['civic.document'].with_user(self.clerk).with_context(default_direction='incoming'))
        form.reference = "45/KH-BNV ngày 05/3/2025"
        self.assertEqual(form.issue_date, date(2025, 3, 5))
        form.issuer_code = 'G09'
        self.assertEqual(form.issuer_id, self.ministry)
        form.subject = "Kế hoạch"
        document = form.save()
        self.assertRecordValues(document, [{
            'code_number': '45', 'code_notation': 'KH-BNV', 'issue_date': date(2025, 3, 5),
            'issuer_id': self.ministry.id, 'direction': 'incoming'}])

    def test_display_name_of_a_document_for_named_people_hides_the_subject(self):
        document = self._create_document(subject="Kỷ luật cán bộ")
        self.assertEqual(document.display_name, "123/QĐ-BNV – Kỷ luật cán bộ")
        document.write({'access_level': 'restricted', 'user_ids': [Command.link(self.leader.id)]})
        self.assertEqual(document.display_name, "123/QĐ-BNV – for named people only")
        self.assertEqual(self.env['civic.document'].new({}).display_name, "New document")

    def test_an_incoming_document_arrives_today_unless_said_otherwise(self):
        """23:30 in Greenwich is already the next morning at the agency, whatever the browser thinks."""
        for tz in ('Asia/Ho_Chi_Minh', 'UTC', 'America/New_York'):
            with self.subTest(tz=tz), freeze_time('2025-06-30 23:30:00'):
                document = self.env['civic.document'].with_user(self.clerk).with_context(tz=tz).create(
                    self._prepare_document(arrival_date=False))
                self.assertEqual(document.arrival_date, date(2025, 7, 1))
                document._register_documents()
                self.assertEqual(document.state, 'registered')
        self.assertFalse(self._create_document(direction='internal', arrival_date=False).arrival_date)

    # === BAD INPUT === #

    def test_a_deadline_before_arrival_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "deadline.*cannot be before"):
            self._create_document(deadline=date(2025, 3, 4))
        document = self._create_document(deadline=date(2025, 3, 5))
        with self.assertRaisesRegex(ValidationError, "deadline.*cannot be before"), self.env.cr.savepoint():
            document.deadline = date(2025, 3, 4)

    def test_dates_that_cannot_be_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "in the future"):
            self._create_document(arrival_date=date(2999, 1, 1))
        with self.assertRaisesRegex(ValidationError, "after it arrived"):
            self._create_document(issue_date=date(2025, 3, 6))

    def test_a_subject_of_ten_thousand_characters_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "10000 characters; at most 2000"):
            self._create_document(subject="x" * 10_000)
        self.assertEqual(len(self._create_document(subject="ă" * 2000).subject), 2000)

    def test_a_subject_longer_than_annex_vi_warns_only(self):
        document = self.env['civic.document'].new({'subject': "x" * 501})
        self.assertIn("501", document._onchange_subject()['warning']['message'])
        document.subject = "x" * 500
        self.assertIsNone(document._onchange_subject())

    def test_an_unknown_organ_code_is_refused(self):
        with self.assertRaisesRegex(UserError, "No agency is known by the organ code “Z99.9”"):
            self._create_document(issuer_code='Z99.9')
        self.assertEqual(self._create_document(issuer_id=False, issuer_code='g09').issuer_id, self.ministry)

    def test_an_issuer_must_be_an_agency(self):
        with self.assertRaisesRegex(ValidationError, "Nguyễn Văn Ất.*not an agency"):
            self._create_document(issuer_id=self.citizen.id)

    def test_a_number_without_digits_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "is not a number of a document"):
            self._create_document(code_number="abc")

    # === WHAT THE SYSTEM FILLS IN === #

    def test_nobody_gives_number_state_or_register_on_creation(self):
        for values in (
            {'state': 'registered'}, {'register_number': 7}, {'register_label': '07'}, {'registered_by_id': 2},
            {'registered_at': '2025-01-01 00:00:00'}, {'identifier': 'mine'}, {'cancel_reason': 'x'},
        ):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    self._create_document(**values)
                with self.assertRaises(AccessError):
                    self.env['civic.document'].sudo().create(self._prepare_document(**values))

    def test_a_draft_stands_in_no_index_of_numbers(self):
        document = self._create_document()
        document.flush_recordset()
        self.env.cr.execute('SELECT register_number, register_label FROM civic_document WHERE id = %s', [document.id])
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_nobody_writes_state_or_number(self):
        """Not the superuser either, nor with the context key of the system."""
        document = self._create_document()
        for values in ({'state': 'registered'}, {'register_number': 7}, {'identifier': 'mine'}):
            for writer in (document, document.sudo(), document.with_context(civic_document_token=True)):
                with self.subTest(values=values), self.assertRaises(AccessError):
                    writer.write(values)
        self.assertEqual(document.state, 'draft')

    # === JOURNAL === #

    def test_creation_leaves_one_line_per_document(self):
        documents = self.env['civic.document'].with_user(self.clerk).create(
            [self._prepare_document(subject=f"Văn bản {number}") for number in range(3)])
        lines = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', 'in', documents.ids)])
        self.assertEqual(lines.mapped('event_type'), ['creation'] * 3)
        self.assertEqual(lines.user_id, self.clerk)
        self.assertEqual(lines.company_id, self.agency)

    def test_a_change_leaves_old_and_new_value(self):
        document = self._create_document()
        document.write({
            'subject': "Trích yếu đúng", 'deadline': date(2025, 4, 1),
            'unit_ids': [Command.link(self.unit_culture.id)], 'urgency': 'normal',
        })
        line = self._get_lines(document, 'modification')
        self.assertEqual(json.loads(line.detail)['changes'], {
            'deadline': [False, '2025-04-01'],
            'subject': ["Về việc phê duyệt kế hoạch chuyển đổi số", "Trích yếu đúng"],
            'unit_ids': [[], self.unit_culture.ids],
        })

    def test_a_write_that_changes_nothing_leaves_no_line(self):
        document = self._create_document()
        document.write({'subject': document.subject, 'urgency': document.urgency})
        self.assertFalse(self._get_lines(document, 'modification'))

    # === DELETING AND COPYING === #

    def test_a_draft_is_deleted_by_a_clerk_only_and_the_journal_says_so(self):
        document = self._create_document()
        for role in ('specialist', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                document.with_user(self.users[role]).unlink()
        document_id = document.id
        document.unlink()
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document_id), ('event_type', '=', 'deletion')])
        self.assertEqual(line.object_ref, "123/QĐ-BNV – Về việc phê duyệt kế hoạch chuyển đổi số")

    def test_a_copy_is_a_new_draft(self):
        document = self._create_document()
        self.assertRecordValues(document.copy(), [{
            'state': 'draft', 'register_number': 0, 'code_number': False, 'code_notation': 'QĐ-BNV',
            'subject': "Về việc phê duyệt kế hoạch chuyển đổi số (copy)"}])

    # === DUPLICATES === #

    def test_same_number_notation_and_issuer_warn(self):
        """Annex VI, III.1.h (rule 47): all three equal; two of three give no warning."""
        document = self._create_document()
        twin = self._create_document(code_number='0123', code_notation='qđ-bnv')
        self.assertEqual(twin._find_duplicates(), document)
        self.assertEqual(document.duplicate_ids, twin)
        for values in (
            {'code_number': '124'}, {'code_notation': 'KH-BNV'}, {'issuer_id': self.agency.partner_id.id},
            {'issuer_id': False, 'issuer_name': "Bộ Nội_vụ"}, {'issuer_id': False, 'issuer_name': "Bộ %"},
            {'direction': 'internal'},
        ):
            with self.subTest(values=values):
                self.assertFalse(self._create_document(**values)._find_duplicates())

    def test_unknown_issuers_are_compared_by_name(self):
        first, second = (
            self._create_document(issuer_id=False, issuer_name=name) for name in ("Công ty Sao Mai", "CÔNG TY SAO MAI"))
        self.assertEqual(second._find_duplicates(), first)

    def test_an_issuer_that_was_typed_is_the_one_that_was_chosen(self):
        chosen = self._create_document()
        typed = self._create_document(issuer_id=False, issuer_name=" bộ nội vụ ")
        self.assertEqual(typed._find_duplicates(), chosen)
        self.assertEqual(chosen._find_duplicates(), typed)

    def test_cancelled_and_foreign_documents_are_no_duplicates(self):
        document = self._create_document()
        self._create_document(self.foreign_clerk)
        self.assertFalse(document._find_duplicates())
        self._create_document()._cancel("Nhập trùng")
        self.assertFalse(document._find_duplicates())

    # === LISTS === #

    def test_documents_are_sorted_by_date_then_entry(self):
        old, first, second = (
            self._create_document(arrival_date=day) for day in (date(2025, 3, 5), date(2025, 3, 9), date(2025, 3, 9)))
        documents = self.env['civic.document'].with_user(self.clerk).search([('company_id', '=', self.agency.id)])
        self.assertEqual(documents, second | first | old)
