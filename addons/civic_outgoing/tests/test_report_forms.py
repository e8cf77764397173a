import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestReportForms(CivicOutgoingCommon):
    """The printed forms of outgoing documents (Decree 30/2020, Annex IV, forms I to III; Annex VI, V)."""

    def _print(self, name, user, values, extension='pdf'):
        output = io.BytesIO()
        form = self.env[f'civic.form.{name}'].with_user(user).with_company(self.agency)
        form._print(output, extension, values)
        output.seek(0)
        return output

    def _read(self, output):
        return ' '.join(' '.join(page.extract_text() for page in PdfReader(output).pages).split())

    def test_the_register_has_recipients_copies_dates_and_receipts(self):
        """Annex IV, form I."""
        document = self._create_issued()
        document.dispatch_ids[:1].with_user(self.clerk).action_mark_received()
        text = self._read(self._print('register_book', self.clerk, {'register_id': document.register_id.id}))
        for words in ("01/KH-", "Chuyển đổi số năm 2026", "Trần Thị Cúc", "Bộ Nội vụ", "Phòng Tài chính", "VT"):
            self.assertIn(words, text)
        row = self.env['civic.register.entry'].with_user(self.clerk).search(
            [('register_id', '=', document.register_id.id)])._prepare_book_values()
        row = next(iter(row.values()))
        self.assertEqual((row['recipient'], row['copy_holder'], row['copies'], row['forwarded_date']), (
            "Bộ Nội vụ; Phòng Tài chính", "VT", 2, self.env['civic.document']._today()))
        self.assertIn("Bộ Nội vụ", row['receipt'])

    def test_a_recalled_document_says_so_in_the_register(self):
        document = self._create_issued()
        document.with_user(self.clerk)._recall("Sai thẩm quyền")
        values = self.env['civic.register.entry'].with_user(self.clerk).search(
            [('register_id', '=', document.register_id.id)])._prepare_book_values()
        self.assertIn("Sai thẩm quyền", next(iter(values.values()))['note'])

    def test_the_book_of_post_has_six_columns(self):
        """Annex IV, form III."""
        self._create_issued()
        form = self.env['civic.form.postal_book']
        self.assertEqual(len(form._get_columns({})), 6)
        text = self._read(self._print('postal_book', self.clerk, {}))
        self.assertIn("Bộ Nội vụ", text)
        self.assertNotIn("Phòng Tài chính", text, "own units get no letter")
        self._print('postal_book', self.clerk, {}, 'xlsx')
        with self.assertRaises(AccessError):
            self._print('postal_book', self.specialist, {})

    def test_envelopes_for_the_post_alone(self):
        """Annex IV, form II."""
        document = self._create_signed()
        with self.assertRaisesRegex(UserError, "number it first"):
            self._print('envelope', self.clerk, {'document_ids': document.ids})
        document.with_user(self.clerk)._register_documents()
        output = self._print('envelope', self.clerk, {'document_ids': document.ids})
        self.assertEqual(len(PdfReader(output).pages), 1)
        text = self._read(output)
        for words in ("UBND THÀNH PHỐ HOA PHƯỢNG", "01/KH-UBND", "Bộ Nội vụ", "8 Tôn Thất Thuyết"):
            self.assertIn(words, text)
        with self.assertRaises(AccessError):
            self._print('envelope', self.specialist, {'document_ids': document.ids})

    def test_a_mailing_note_goes_with_each_paper_and_comes_back_signed(self):
        """Article 7 (PG); one page for each recipient by post."""
        document = self._create_signed(recipient_ids=[
            Command.create({'partner_id': self.ministry.id, 'channel': 'post', 'copies': 3}),
            Command.create({'name': "Ông Tám", 'channel': 'post', 'address': "7 Đồng Khởi"}),
            Command.create({'unit_id': self.unit_finance.id})])
        document.with_user(self.clerk)._register_documents()
        output = self._print('mailing_note', self.clerk, {'document_ids': document.ids})
        pages = [page.extract_text() for page in PdfReader(output).pages]
        self.assertEqual(len(pages), 2)
        for words in ("Bộ Nội vụ", "8 Tôn Thất Thuyết", "01/KH-UBND", "Chuyển đổi số năm 2026", "3"):
            self.assertIn(words, pages[0])
        self.assertIn("7 Đồng Khởi", pages[1])
        self.assertEqual(document.with_user(self.clerk).action_print_mailing_notes()['type'], 'ir.actions.act_url')
        labels = self._read(self._print('address_label', self.clerk, {'document_ids': document.ids}))
        for words in ("Bộ Nội vụ", "8 Tôn Thất Thuyết", "Hà Nội", "01/KH-UBND", "Ông Tám", "7 Đồng Khởi"):
            self.assertIn(words, labels)
        document.recipient_ids[1].with_user(self.clerk).address = False
        for action in ('action_print_mailing_notes', 'action_print_address_labels', 'action_print_envelopes'):
            with self.subTest(action), self.assertRaisesRegex(UserError, "No postal address is known of: Ông Tám"):
                getattr(document.with_user(self.clerk), action)()
        for form in ('mailing_note', 'address_label'):
            with self.subTest(form), self.assertRaises(AccessError):
                self._print(form, self.specialist, {'document_ids': document.ids})

    def test_statistics_count_by_type(self):
        self._create_issued()
        self._create_issued().with_user(self.clerk)._recall("Sai")
        self._create_numbered(type_id=self.type_decision.id).with_user(self.clerk)._cancel("Nhầm")
        figures = self.env['civic.form.outgoing_report'].with_user(self.manager)._get_figures(
            {'company': self.agency, 'date_from': None, 'date_to': None})
        self.assertEqual(figures, {
            self.type_plan.id: [2, 2, 2, 0, 0, 1, 0], self.type_decision.id: [1, 1, 0, 0, 0, 0, 1]})
        for extension in ('pdf', 'xlsx'):
            self.assertTrue(self._print('outgoing_report', self.manager, {}, extension).getvalue())

    def test_the_home_screen_counts_what_waits(self):
        self._create_signed()
        self._create_to_sign(recipient_ids=[Command.create({'partner_id': self.ministry.id})])

        def figures(user, key):
            home = self.env['civic.home'].with_user(user).with_company(self.agency).get_home()
            block = next(block for block in home['blocks'] if block['key'] == key)
            return {item['key']: item['value'] for item in block['items']}

        self.assertEqual(figures(self.clerk, 'to_issue')['to_number'], 1)
        self.assertEqual(figures(self.leader, 'to_sign')['to_sign'], 1)
        self.assertEqual(figures(self.specialist, 'own_drafts'), {'drafts': 0, 'in_review': 1})
