import io
import json
from contextlib import contextmanager
from datetime import date
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.civic_report.tests.files import get_table, read_pdf, read_xlsx

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestRegisterReport(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.documents = cls.env['civic.document'].union(*(
            cls._create_registered(subject=f"Về việc số {index}") for index in range(1, 7)))
        cls.register = cls.documents.register_id

    @contextmanager
    def _refused(self, exception, pattern):
        """The act is refused with such a message, and rolled back."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    def _render(self, report, target, user=None):
        content, kind = self.env['ir.actions.report'].with_user(user or self.clerk)._render_qweb_html(
            f'civic_document.{report}', target.ids)
        self.assertEqual(kind, 'html')
        return html.fromstring(content)

    def _tamper(self, statement, *arguments):
        """Change the table as someone with the rights of its owner could."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE civic_register_entry DISABLE TRIGGER USER")
        self.env.cr.execute(statement, arguments)
        self.env.cr.execute("ALTER TABLE civic_register_entry ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def _prove(self):
        return self.register._prove()[self.register.id]

    def _cell(self, page, name):
        [cell] = page.xpath(f'//*[@name="{name}"]')
        return ' '.join(cell.text_content().split())

    # === PROOF === #

    def test_proof_accounts_for_every_number(self):
        self.documents[2]._apply_reason('_cancel', "Đăng ký trùng với số 01")
        proof = self._prove()
        self.assertTrue(proof['is_accounted'])
        self.assertEqual(
            {key: proof[key] for key in ('first', 'last', 'total', 'used', 'void', 'missing')},
            {'first': 1, 'last': 6, 'total': 6, 'used': 5, 'void': 1, 'missing': []})
        page = self._render('report_register_proof', self.register)
        self.assertTrue(page.xpath('//*[@name="verdict_ok"]'))
        self.assertFalse(page.xpath('//*[@name="verdict_fault"]'))
        self.assertEqual([self._cell(page, name) for name in ('first', 'last', 'used', 'void')], ['1', '6', '5', '1'])
        self.assertIn("Đăng ký trùng với số 01", page.text_content())

    def test_proof_finds_removed_numbers(self):
        numbers = [(3, [[3, 3]], [3]), (1, [[1, 1], [3, 3]], [1, 3]), (4, [[1, 1], [3, 4]], [1, 3, 4])]
        for removed, missing, orphans in numbers:
            self._tamper("DELETE FROM civic_register_entry WHERE register_id = %s AND number = %s", self.register.id, removed)
            proof = self._prove()
            self.assertFalse(proof['is_accounted'])
            self.assertEqual((proof['missing'], proof['orphans']), (missing, orphans))
        page = self._render('report_register_proof', self.register)
        self.assertFalse(page.xpath('//*[@name="verdict_ok"]'))
        self.assertTrue(page.xpath('//*[@name="verdict_fault"]'))
        self.assertEqual(self._cell(page, 'missing'), '1; 3–4')
        with self._refused(UserError, "accounted"):
            self.register.action_close()

    def test_proof_finds_a_torn_out_last_page(self):
        self._tamper("DELETE FROM civic_register_entry WHERE register_id = %s AND number >= 5", self.register.id)
        proof = self._prove()
        self.assertEqual((proof['missing'], proof['orphans'], proof['is_accounted']), ([], [5, 6], False))

    def test_proof_finds_an_emptied_register(self):
        self._tamper("DELETE FROM civic_register_entry WHERE register_id = %s", self.register.id)
        proof = self._prove()
        self.assertEqual((proof['total'], proof['orphans'], proof['is_accounted']), (0, [1, 2, 3, 4, 5, 6], False))

    def test_proof_finds_a_changed_number(self):
        self._tamper("UPDATE civic_register_entry SET number = 9 WHERE register_id = %s AND number = 6", self.register.id)
        proof = self._prove()
        self.assertEqual((proof['missing'], proof['mismatch'], proof['is_accounted']), ([[6, 8]], [9], False))

    def test_proof_finds_swapped_documents(self):
        self._tamper(
            "UPDATE civic_document SET register_number = 7 - register_number WHERE register_id = %s AND register_number IN (3, 4)",
            self.register.id)
        self.assertEqual(self._prove()['mismatch'], [3, 4])

    def test_proof_finds_a_changed_date(self):
        self._tamper(
            "UPDATE civic_register_entry SET number_date = '2025-03-01' WHERE register_id = %s AND number = 4", self.register.id)
        proof = self._prove()
        self.assertEqual((proof['disorder'], proof['is_accounted']), ([4], False))
        self._tamper(
            "UPDATE civic_register_entry SET number_date = '2026-03-01' WHERE register_id = %s AND number = 6", self.register.id)
        self.assertEqual(self._prove()['disorder'], [4, 6])

    def test_proof_finds_a_number_given_twice(self):
        self.env.cr.execute("DROP INDEX civic_register_entry_number_uniq, civic_register_entry_number_date_uniq")
        self._tamper("UPDATE civic_register_entry SET number = 5 WHERE register_id = %s AND number = 6", self.register.id)
        proof = self._prove()
        self.assertEqual((proof['double'], proof['mismatch'], proof['is_accounted']), ([5], [5], False))

    def test_empty_register_is_accounted_for(self):
        register = self.env['civic.register']._find_or_open(self.agency, 'outgoing', self.type_plan, '2025-01-01')
        self.assertTrue(register._prove()[register.id]['is_accounted'])
        self.assertTrue(self._render('report_register_proof', register).xpath('//*[@name="verdict_ok"]'))

    def test_proof_of_many_registers_takes_two_queries(self):
        other = self._create_registered(arrival_date=date(2024, 5, 6), issue_date=date(2024, 5, 5)).register_id
        self.env.flush_all()
        with self.assertQueryCount(2):
            proofs = (self.register | other)._prove()
        self.assertEqual([proofs[register.id]['total'] for register in self.register | other], [6, 1])

    # === BOOK === #

    def _print_book(self, extension='xlsx', user=None, **values):
        output = io.BytesIO()
        form = self.env['civic.form.register_book'].with_user(user or self.clerk).with_context(self.env.context)
        form._print(output, extension, {'register_id': self.register.id, **values})
        return output.getvalue()

    def _get_rows(self, first="Arrival date", **values):
        return get_table(self._print_book(**values), first)[2:]

    def test_incoming_book_has_the_ten_columns_and_the_cover(self):
        """Decree 30/2020, Annex IV, form VI."""
        self.register.write({'superior_name': "Hội đồng nhân dân Thành phố", 'volume': 3})
        self.documents[1]._apply_reason('_cancel', "Ghi nhầm")
        header, positions, *rows = get_table(self._print_book(), "Arrival date")
        self.assertEqual(header, [
            "Arrival date", "Arrival number", "Author", "Number and notation", "Document date", "Type and subject",
            "Receiving unit or person", "Date handed over", "Signed for", "Remarks"])
        self.assertEqual(positions, [f'({number})' for number in range(1, 11)])
        self.assertEqual([row[1] for row in rows], ['01', '02', '03', '04', '05', '06'])
        self.assertEqual(rows[0][0].date(), date(2025, 3, 5))
        self.assertIn("Bộ Nội vụ", rows[0][2])
        self.assertEqual((rows[0][3], rows[0][4].date()), ('123/QĐ-BNV', date(2025, 3, 3)))
        self.assertIn("Về việc số 1", rows[0][5])
        self.assertEqual(rows[1][9], "Void: Ghi nhầm")
        cover, *pages = read_pdf(self._print_book('pdf'), '-layout')
        lines = [' '.join(line.split()) for line in cover.split('\n') if line.strip()]
        self.assertEqual(lines[:7], [
            "HỘI ĐỒNG NHÂN DÂN THÀNH PHỐ", self.agency.name.upper(), "REGISTER OF INCOMING DOCUMENTS", "Year: 2025",
            "From date 05/03/2025 to date 05/03/2025", "From number 01 to number 06", "Book No.: 03"])
        self.assertIn("Về việc số 1", ' '.join(pages[0].split()))
        for page in (cover, *pages):
            self.assertRegex(page, r"Printed from the Civic Records system by Town clerk at \d\d:\d\d:\d\d, \d\d/\d\d/\d{4}")

    def test_outgoing_book_has_the_ten_columns(self):
        """Decree 30/2020, Annex IV, form I."""
        document = self._create_registered(
            direction='outgoing', code_number=False, code_notation='QĐ-UBND', issue_date=date(2025, 3, 7),
            arrival_date=False, issuer_id=False, subject="Về việc bổ nhiệm")
        header, positions, row = get_table(
            self._print_book(register_id=document.register_id.id), "Number and notation")
        self.assertEqual(header, [
            "Number and notation", "Document date", "Type and subject", "Signatory", "Recipients",
            "Unit or person keeping the file copy", "Number of copies", "Date sent", "Signed for", "Remarks"])
        self.assertEqual(len(positions), 10)
        self.assertEqual(row[0], '01/QĐ-UBND')
        self.assertIn("Về việc bổ nhiệm", row[2])

    def test_books_bear_the_official_headings_in_vietnamese(self):
        outgoing = self._create_registered(
            direction='outgoing', code_number=False, code_notation='QĐ-UBND', issue_date=date(2025, 3, 7),
            arrival_date=False, issuer_id=False).register_id
        self.env = self.env(context={**self.env.context, 'lang': 'vi_VN'})
        for register, title, columns in (
            (self.register, "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN", [
                "Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu văn bản", "Ngày tháng văn bản",
                "Tên loại và trích yếu nội dung văn bản", "Đơn vị hoặc người nhận", "Ngày chuyển", "Ký nhận", "Ghi chú"]),
            (outgoing, "SỔ ĐĂNG KÝ VĂN BẢN ĐI", [
                "Số, ký hiệu văn bản", "Ngày tháng văn bản", "Tên loại và trích yếu nội dung văn bản", "Người ký",
                "Nơi nhận văn bản", "Đơn vị, người nhận bản lưu", "Số lượng bản", "Ngày chuyển", "Ký nhận", "Ghi chú"]),
        ):
            data = self._print_book(register_id=register.id)
            self.assertIn(title, [row[0] for row in read_xlsx(data)])
            self.assertEqual(get_table(data, columns[0])[0], columns)

    def test_book_of_a_period(self):
        wizard = Form.from_action(self.env, self.register.with_user(self.clerk).action_book())
        wizard.number_from = 2
        wizard.number_to = 4
        wizard = wizard.save()
        action = wizard.action_print()
        self.assertEqual(action['type'], 'ir.actions.act_url')
        self.assertRegex(action['url'], r'^/civic/form/register_book\.pdf\?options=')
        values = json.loads(parse_qs(urlsplit(action['url']).query)['options'][0])
        self.assertEqual([row[1] for row in self._get_rows(**values)], ['02', '03', '04'])
        self.assertIn("From number 02 to number 04", ' '.join(read_pdf(self._print_book('pdf', **values))[0].split()))
        wizard.write({'number_from': 0, 'number_to': 0, 'date_from': date(2025, 3, 6), 'date_to': date(2025, 12, 31)})
        values = json.loads(parse_qs(urlsplit(wizard.action_print()['url']).query)['options'][0])
        self.assertFalse(self._get_rows(**values))
        wizard.date_to = date(2025, 3, 1)
        with self._refused(UserError, "ends before"):
            wizard.action_print()
        wizard.write({'date_to': False, 'number_from': 4, 'number_to': 2})
        with self._refused(UserError, "before the first"):
            wizard.action_print()

    def test_book_hides_what_the_clerk_may_not_read(self):
        self._create_registered(
            self.second_clerk, subject="Kiểm điểm cá nhân", access_level='restricted', user_ids=self.leader.ids)
        text = str(self._get_rows())
        self.assertNotIn("Kiểm điểm cá nhân", text)
        self.assertIn("(restricted)", text)
        self.assertIn("Kiểm điểm cá nhân", str(self._get_rows(user=self.leader)))

    def test_books_are_for_those_who_keep_or_watch_them(self):
        for user in (self.specialist, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._render('report_register_proof', self.register, user)
            for extension in ('pdf', 'xlsx', 'docx'):
                with self.subTest(user=user.login, extension=extension), self.assertRaises(AccessError):
                    self._print_book(extension, user)

    def test_print_of_a_book_leaves_a_line(self):
        self._print_book('pdf')
        self._print_book('docx')
        lines = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.register'), ('res_id', '=', self.register.id)], limit=2)
        self.assertEqual(lines.mapped('event_type'), ['export', 'print'])
        self.assertEqual(lines.user_id, self.clerk)
        self.assertEqual(json.loads(lines[1].detail)['rows'], 6)

    def test_lines_of_the_book_take_the_same_queries_whatever_their_number(self):
        entries = self.env['civic.register.entry'].with_user(self.clerk).search([('register_id', '=', self.register.id)])
        entries._prepare_book_values()
        counts = []
        for some in (entries[:1], entries):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._prepare_book_values()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
