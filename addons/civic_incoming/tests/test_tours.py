from datetime import date

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.civic_document.tests.pdf import make_pdf

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestTours(CivicIncomingCommon, HttpCase):

    def test_from_the_file_to_done(self):
        """Clerk uploads and registers, leader assigns, unit finishes: in the browser."""
        today = fields.Date.context_today(self.env.user)
        document = self.env['civic.document'].with_user(self.clerk)._capture(
            'quyet-dinh.pdf', make_pdf("QUYET DINH"), **{
                **self._prepare_document(paper_original=False, subject=False, arrival_date=today),
            })
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_incoming_upload', login=self.clerk.login)
        uploaded = self.env['civic.document'].search([('subject', '=', "Văn bản tải lên")])
        self.assertEqual(len(uploaded), 1)
        self.assertEqual(uploaded.content_ids.mimetype, 'application/pdf')

        self.start_tour('/odoo/civic-incoming-to-register', 'civic_incoming_register', login=self.clerk.login)
        self.assertEqual(document.state, 'registered')
        self.assertTrue(document.register_label)

        self.start_tour('/odoo/civic-incoming-to-assign', 'civic_incoming_assign', login=self.leader.login)
        self.assertRecordValues(document, [{'state': 'assigned', 'unit_id': self.unit_culture.id}])
        self.assertFalse(document.sudo().assignment_ids.read_at)

        self.start_tour('/odoo/civic-incoming-my-unit', 'civic_incoming_handle', login=self.specialist.login)
        self.assertEqual(document.state, 'done')
        self.assertEqual(document.assignment_ids.result, "Đã trả lời")
        self.assertEqual(document.assignment_ids.read_by_id, self.specialist)
        events = self._get_events(document)
        for event in ('capture', 'registration', 'assignment', 'access', 'start', 'completion'):
            self.assertIn(event, events)

    def test_the_desk_by_keyboard(self):
        """Suggestions, help, words of the page, a refusal, the number, the next draft read beforehand, a return."""
        documents = self.env['civic.document'].with_user(self.clerk)
        first, second, third = (
            documents._capture(
                f'{number}.pdf', make_pdf(f"VAN BAN SO {number} CUA SO NOI VU\nDong thu hai cua van ban {number}"),
                direction='incoming', company_id=self.agency.id, arrival_date=documents._today())
            for number in (3, 2, 1))
        (first | second | third).write({
            'issuer_name': "Công ty Sông Xanh", 'paper_original': True, 'subject': "Nội dung đã đọc",
            'leader_id': self.leader.id})
        third._write_by_system({'suggestions': {
            name: {'value': third[name], 'display': third[name], 'confidence': 0.9, 'page': 1,
                   'box': [0.1, 0.1, 0.4, 0.2], 'text': third[name], 'state': 'suggested'}
            for name in ('issuer_name', 'subject')
        } | {'urgency': {'value': 'normal', 'display': "Normal", 'confidence': 0.9, 'page': 1,
                         'box': [0.1, 0.1, 0.4, 0.2], 'text': "x", 'state': 'suggested'}}})
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_desk_keyboard', login=self.clerk.login)
        self.assertRecordValues(third, [{'state': 'registered', 'subject': "Văn bản thứ nhất bằng bàn phím"}])
        self.assertEqual(set(third.suggestions[name]['state'] for name in third.suggestions), {'confirmed', 'rejected'})
        self.assertEqual(second.state, 'draft')
        self.assertEqual(first.state, 'returned')
        self.assertTrue(first.return_reason)

    def test_a_second_clerk_sees_the_lock_and_takes_it_over(self):
        document = self._create_document()
        document.desk_open()
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_desk_locked', login=self.second_clerk.login)
        self.assertRecordValues(document, [{'state': 'registered', 'registered_by_id': self.second_clerk.id}])

    def _capture_drafts(self, *pages_of_each):
        """Drafts that the list shows in the order given, each with the text of its pages."""
        documents = self.env['civic.document'].with_user(self.clerk)
        drafts = documents.browse()
        for index, pages in enumerate(reversed(pages_of_each)):
            drafts = documents._capture(
                f'{index}.pdf', make_pdf(*pages), direction='incoming', company_id=self.agency.id,
                arrival_date=documents._today()) + drafts
        drafts.write({'paper_original': True, 'leader_id': self.leader.id, 'subject': "Nội dung đã đọc"})
        return drafts

    LETTER = (
        "CONG TY SONG XANH\nSo: 12/CV-SX\nHoa Phuong, ngày 05 tháng 3 năm 2025\nKE HOACH HUU NGHI CUA THANH PHO",
        "TRANG HAI")

    def test_every_key_of_the_help_does_what_it_says(self):
        """What is rejected, pasted, kept, filled in and discarded: each by its key, in one walk through three letters."""
        found = self._create_registered(
            code_number='88', code_notation='CV-SX', issuer_id=False, issuer_name="Công ty Sông Xanh",
            subject="Thư đã đăng ký")
        first, second, third = self._capture_drafts(self.LETTER, ("THU SO NHI",), ("THU SO TAM",))
        first.write({'issuer_name': "Công ty Sông Xanh"})
        first._write_by_system({'suggestions': {'subject': {
            'value': first.subject, 'display': first.subject, 'confidence': 0.9, 'page': 1, 'box': [0.1, 0.1, 0.4, 0.2],
            'text': first.subject, 'state': 'suggested'}}})
        second.write({'code_number': '88', 'code_notation': 'CV-SX', 'issuer_id': False, 'issuer_name': False})
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_desk_all_keys', login=self.clerk.login)
        self.assertRecordValues(first, [{
            'state': 'registered', 'reference': '457/QĐ-UBND', 'signer_name': "Trần Văn Bút"}])
        self.assertRecordValues(second, [{'state': 'cancelled', 'duplicate_of_id': found.id}])
        self.assertEqual(third.state, 'draft')
        model = self.env['civic.entry.model'].search([('user_id', '=', self.clerk.id)])
        self.assertEqual((model.name, model.shortcut), ("Thư của Sông Xanh", 1))

    def test_a_click_on_a_word_fills_the_field(self):
        [draft] = self._capture_drafts(self.LETTER)
        draft.write({'issue_date': False, 'signer_position': False})
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_desk_click_word', login=self.clerk.login)
        self.assertRecordValues(draft, [{
            'state': 'draft', 'subject': "KE HOACH", 'issue_date': date(2025, 3, 5)}])
