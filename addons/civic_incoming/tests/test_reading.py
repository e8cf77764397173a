from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.civic_document.models import civic_content_page
from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_document.tests.scan import make_blank, make_picture, make_scan, run_jobs
from odoo.addons.civic_document.tests.test_content_page import make_page
from odoo.addons.civic_document.tools import ocr
from odoo.addons.civic_document.tools.limited import ProgramFailed
from odoo.addons.civic_document.tools.ocr import parse_tsv
from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import civic_document_reading
from .common import CivicIncomingCommon

HEAD = (
    (0.10, 0.08, "ỦY BAN NHÂN DÂN"), (0.08, 0.10, "THÀNH PHỐ HOA PHƯỢNG"), (0.14, 0.12, "SỞ VĂN HÓA"),
    (0.47, 0.08, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (0.55, 0.10, "Độc lập - Tự do - Hạnh phúc"),
    (0.12, 0.15, "Số: 123/SVH-VP"), (0.50, 0.15, "Hoa Phượng, ngày 05 tháng 3 năm 2025"),
    (0.10, 0.17, "V/v kiểm tra công tác văn thư"),
    (0.25, 0.25, "Kính gửi: Ủy ban nhân dân các phường"),
)
END = (
    (0.15, 0.60, "Nơi nhận:"), (0.15, 0.62, "- Như trên;"),
    (0.62, 0.60, "KT. GIÁM ĐỐC"), (0.61, 0.62, "PHÓ GIÁM ĐỐC"), (0.60, 0.70, "Trần Thị Minh Hạnh"),
)


@tagged('post_install', '-at_install')
class TestReading(CivicIncomingCommon):

    def _capture(self, raw=None, run=True, name="Công văn.pdf", **values):
        with trap_jobs() as trap:
            document = self.env['civic.document'].with_user(self.clerk)._capture(
                name, raw or make_scan(make_blank()), direction='incoming', company_id=self.agency.id, **values)
            if run:
                run_jobs(trap)
        self.trap = trap
        return document

    def _fake(self, *pages):
        by_number = {page.number: page for page in pages}

        def read(path, number, **options):
            return by_number[number]

        return patch.object(civic_content_page, 'read_scanned_page', side_effect=read)

    def test_a_real_scan_fills_the_draft(self):
        """The whole way once, with the real programs: picture, recognition, places, fields."""
        document = self._capture(make_scan(make_picture()))
        self.assertRecordValues(document, [{
            'reading_state': 'done', 'code_number': '123', 'code_notation': 'SVH-VP', 'reference': '123/SVH-VP',
            'issue_date': date(2025, 3, 5), 'type_id': self.type_letter.id,
            'subject': "Kiểm tra công tác văn thư, lưu trữ năm 2025",
            'signer_name': "Trần Thị Minh Hạnh", 'signer_position': "Phó Giám đốc", 'urgency': 'normal',
        }])
        self.assertEqual(document.issuer_name, "Sở Văn hóa Thành phố Hoa Phượng")
        for name, suggestion in document.suggestions.items():
            with self.subTest(name):
                self.assertEqual((suggestion['state'], suggestion['page']), ('suggested', 1))
                x0, y0, x1, y1 = suggestion['box']
                self.assertTrue(0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1)
                self.assertTrue(0.6 <= suggestion['confidence'] <= 1)

    def test_a_text_layer_is_read_at_once(self):
        with patch.object(civic_content_page, 'parse_text_pages', return_value={
            1: make_page(*HEAD, *END, source='text')}):
            document = self._capture(make_pdf("Một hai ba bốn năm sáu bảy tám"), run=False)
        self.assertFalse(self.trap.enqueued_jobs)
        self.assertEqual((document.reading_state, document.reference), ('done', '123/SVH-VP'))

    def test_known_agencies_are_chosen_by_name(self):
        city = self.env['res.partner'].create({'name': "Sở Văn hóa Thành phố Hoa Phượng", 'is_agency': True})
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture()
        self.assertEqual((document.issuer_id, document.issuer_name), (city, False))
        self.assertEqual(document.suggestions['issuer_id']['value'], city.id)

    def test_two_agencies_of_one_name_are_not_guessed_between(self):
        self.env['res.partner'].create([
            {'name': "Sở Văn hóa Thành phố Hoa Phượng", 'is_agency': True} for _number in range(2)])
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture()
        self.assertFalse(document.issuer_id)

    def test_what_the_clerk_typed_meanwhile_stays(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture(run=False)
            self.assertEqual(document.reading_state, 'waiting')
            document.write({'subject': "Tự gõ", 'code_number': '9'})
            run_jobs(self.trap)
        self.assertEqual((document.subject, document.code_number, document.code_notation), ("Tự gõ", '9', False))
        self.assertNotIn('subject', document.suggestions)
        self.assertNotIn('reference', document.suggestions)
        self.assertEqual(document.signer_name, "Trần Thị Minh Hạnh")

    def test_what_came_with_the_document_stays(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture(subject="Từ thư điện tử", issuer_name="Người gửi")
        self.assertEqual((document.subject, document.issuer_name, document.issuer_id.id), ("Từ thư điện tử", "Người gửi", False))

    def test_writing_settles_suggestions(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture()
        states = lambda: {name: item['state'] for name, item in document.suggestions.items()}  # noqa: E731
        document.write({'subject': document.subject})
        document.write({'signer_name': "Người khác"})
        document.write({'code_number': '124'})
        self.assertEqual(
            (states()['subject'], states()['signer_name'], states()['reference'], states()['issue_date']),
            ('confirmed', 'rejected', 'rejected', 'suggested'))
        document.confirm_suggestions(['issue_date', 'no_such_field'])
        self.assertEqual((states()['issue_date'], states()['type_id']), ('confirmed', 'suggested'))
        # reading once more does not bring back what was settled
        with self._fake(make_page(*HEAD, *END)):
            document.content_ids.sudo()._get_pages().unlink()
            with trap_jobs() as trap:
                document.content_ids.sudo()._start_reading()
                run_jobs(trap)
        self.assertEqual((document.signer_name, states()['signer_name']), ("Người khác", 'rejected'))

    def test_registering_confirms_all(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture(paper_original=True)
        document._register_documents()
        self.assertEqual(document.state, 'registered')
        self.assertEqual({item['state'] for item in document.suggestions.values()}, {'confirmed'})

    def test_nobody_writes_suggestions_by_hand(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture()
        for name, value in (('suggestions', {}), ('reading_state', 'none'), ('reading_message', 'x'), ('possible_starts', [2])):
            with self.assertRaises(AccessError):
                document.write({name: value})
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.assertRaises(AccessError):
                document.with_user(user).confirm_suggestions()
            with self.assertRaises(AccessError):
                document.with_user(user).action_read_again()

    @mute_logger('odoo.addons.civic_document.models.civic_content_page')
    def test_crash_and_hang_leave_a_document_that_can_be_registered(self):
        for code in ('crash', 'timeout', 'missing', 'too_large'):
            with self.subTest(code), patch.object(
                civic_content_page, 'read_scanned_page', side_effect=ProgramFailed(code),
            ):
                document = self._capture(paper_original=True)
                self.assertEqual(document.reading_state, 'failed')
                self.assertTrue(document.reading_message)
                document.write(self._prepare_document(code_number=code.encode().hex()[:6] + '1'))
                document._register_documents()
                self.assertEqual(document.state, 'registered')

    @mute_logger('odoo.addons.civic_document.models.civic_content_page')
    def test_a_failed_page_is_read_again(self):
        with patch.object(civic_content_page, 'read_scanned_page', side_effect=ProgramFailed('timeout')):
            document = self._capture()
        self.assertEqual(document.reading_state, 'failed')
        with self._fake(make_page(*HEAD, *END)), trap_jobs() as trap:
            document.action_read_again()
            self.assertEqual(document.reading_state, 'waiting')
            run_jobs(trap)
        self.assertEqual((document.reading_state, document.reading_message, document.reference), ('done', False, '123/SVH-VP'))

    def test_blank_pages_and_scribble_give_no_suggestions(self):
        scribble = make_page(*((0.1 + i % 3 / 4, 0.05 + i / 40, "~'lv ,; Sồ: lI/ o") for i in range(20)), confidence=0.35)
        for page, has_message in ((make_page(), True), (scribble, False)):
            with self._fake(page):
                document = self._capture()
            self.assertEqual((document.reading_state, document.suggestions, document.subject), ('done', False, False))
            self.assertEqual(bool(document.reading_message), has_message)

    def test_the_name_below_the_seal_is_read_in_a_second_go(self):
        """Decree 30/2020, Art. 33: the seal covers a third of the signature, and often of the name."""
        end = [(x, y, text) for x, y, text in END if text != "Trần Thị Minh Hạnh"]
        name = make_page((0.60, 0.70, "Trần Thị Minh Hạnh")).words
        titles = make_page(*end[2:]).words
        with self._fake(make_page(*HEAD, *end)), patch.object(
            civic_content_page, 'read_under_seal', return_value=titles + name,
        ) as read:
            document = self._capture()
        self.assertEqual(read.call_count, 1)
        self.assertEqual(document.signer_name, "Trần Thị Minh Hạnh")
        self.assertEqual(document.suggestions['signer_name']['state'], 'suggested')
        with self._fake(make_page(*HEAD, *end)), patch.object(
            civic_content_page, 'read_under_seal', side_effect=ProgramFailed('timeout'),
        ) as read:
            document = self._capture()
        self.assertEqual((read.call_count, document.signer_name, document.reading_state), (1, False, 'done'))

    def test_two_documents_in_one_scan_are_told(self):
        second = [(x, y, text.replace("123", "77")) for x, y, text in HEAD]
        pages = [make_page(*HEAD, *END), make_page(*second, number=2), make_page((0.1, 0.1, "Nội dung"), *END, number=3)]
        with self._fake(*pages):
            document = self._capture(make_scan(*[make_blank()] * 3))
        self.assertEqual(document.possible_starts, [2])
        self.assertIn('2', document.reading_message)
        self.assertEqual(document.signer_name, "Trần Thị Minh Hạnh")

    def test_the_signer_of_the_next_document_is_taken_back(self):
        second = [(x, y, text.replace("123", "77")) for x, y, text in HEAD]
        other = [(x, y, text.replace("Trần Thị Minh Hạnh", "Lê Văn Khác")) for x, y, text in END]
        pages = [make_page(*HEAD, *END), make_page(*second, number=2), make_page((0.1, 0.1, "Nội dung"), *other, number=3)]
        with self._fake(*pages):
            document = self._capture(make_scan(*[make_blank()] * 3))
        self.assertEqual(document.signer_name, "Trần Thị Minh Hạnh")
        self.assertEqual(document.suggestions['signer_name']['page'], 1)
        pages[0] = make_page(*HEAD)
        with self._fake(*pages):
            document = self._capture(make_scan(*[make_blank()] * 3))
        self.assertFalse(document.signer_name)
        self.assertNotIn('signer_name', document.suggestions)

    def test_forms_in_an_annex_are_no_second_document(self):
        form = [(x, y, text.replace("123", "....").replace("05", "...")) for x, y, text in HEAD]
        pages = [make_page(*HEAD, *END), make_page(*form, number=2), make_page((0.1, 0.1, "Nội dung"), number=3)]
        with self._fake(*pages):
            document = self._capture(make_scan(*[make_blank()] * 3))
        self.assertFalse(document.possible_starts)

    def test_three_hundred_pages_do_not_hold_up_the_form(self):
        pages = [make_page(*HEAD), make_page(*END, number=300)]
        pages += [make_page((0.1, 0.1, f"trang{number}"), number=number) for number in range(2, 300)]
        raw = make_scan(*[make_blank().resize((40, 56))] * 300)
        with self._fake(*pages) as read, patch.object(
            type(self.env['civic.content']), '_read_text_layer',
            lambda content, numbers, places='': ({}, dict.fromkeys(numbers)),
        ):
            document = self._capture(raw, run=False)
            jobs = [job for job in self.trap.enqueued_jobs if job.func.__name__ != '_job_read_text']
            jobs.sort(key=lambda job: job.priority)
            self.assertEqual([job.args for job in jobs], [([1],), ([300],), (2,)])
            self.trap.enqueued_jobs[:] = jobs[:2]           # the rest comes later
            run_jobs(self.trap)
            self.assertEqual((document.reading_state, document.signer_name), ('done', "Trần Thị Minh Hạnh"))
            self.assertEqual(read.call_count, 2)
            document.content_ids.sudo()._job_read_rest(298)
            self.assertEqual(read.call_count, 4)

    def test_a_date_after_arrival_is_not_suggested(self):
        with self._fake(make_page(*HEAD, *END)):
            document = self._capture(arrival_date=date(2025, 3, 4))
        self.assertFalse(document.issue_date)
        self.assertNotIn('issue_date', document.suggestions)

    def test_a_mark_on_a_later_page_takes_back_what_was_read(self):
        """Nothing of a state secret stays, neither in fields nor in the journal."""
        secret = make_page((0.1, 0.2, "TUYỆT MẬT"), number=3)
        pages = [make_page(*HEAD), make_page((0.1, 0.1, "Nội dung"), number=2), secret]
        with self._fake(*pages):
            document = self._capture(make_scan(*[make_blank()] * 3))
        self.assertFalse(document.content_ids)
        self.assertFalse(document.suggestions)
        self.assertFalse(document.subject or document.reference or document.issuer_name or document.issue_date)
        self.assertEqual(document.reading_state, 'failed')
        self.assertTrue(document.reading_message)
        lines = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)])
        self.assertNotIn("văn thư", ' '.join(line.detail or '' for line in lines))

    def test_the_open_form_is_told(self):
        sent = []
        bus = self.registry['bus.bus']
        with self._fake(make_page(*HEAD, *END)), patch.object(
            bus, '_sendone', lambda self, target, kind, message: sent.append((target, kind, message)),
        ):
            document = self._capture()
        told = [(target, message) for target, kind, message in sent if kind == civic_document_reading.BUS_MESSAGE]
        self.assertIn((self.clerk.partner_id, {'document_id': document.id, 'reading_state': 'done'}), told)
        self.assertNotIn(self.foreign_clerk.partner_id, [target for target, _message in told])

    def test_capturing_without_anything_to_read_asks_no_more_for_more_files(self):
        files = [(f"{number}.pdf", make_pdf(f"Một hai ba bốn năm sáu bảy tám chín {number}"), {
            'direction': 'incoming', 'company_id': self.agency.id}) for number in range(6)]
        documents = self.env['civic.document'].with_user(self.clerk)
        documents._capture_many(files[:1])
        before = self.env.cr.sql_log_count
        documents._capture_many(files[1:2])
        one = self.env.cr.sql_log_count - before
        before = self.env.cr.sql_log_count
        documents._capture_many(files[2:])
        self.assertLessEqual(self.env.cr.sql_log_count - before, 4 * one)

    def test_other_directions_are_indexed_but_not_filled(self):
        with self._fake(make_page(*HEAD, *END)), trap_jobs() as trap:
            document = self.env['civic.document'].with_user(self.clerk)._capture(
                "a.pdf", make_scan(make_blank()), direction='internal', company_id=self.agency.id)
            run_jobs(trap)
        self.assertFalse(document.subject or document.suggestions)
        self.assertEqual((document.reading_state, document.content_ids.text_state), ('none', 'done'))

    def test_rubbish_of_the_recogniser_breaks_nothing(self):
        with patch.object(ocr, 'run', return_value=b'\xff\xfe\n' * 5), mute_logger(
            'odoo.addons.civic_document.models.civic_content_page',
        ):
            document = self._capture()
        self.assertEqual(document.reading_state, 'failed')
        with self.assertRaises(ProgramFailed):
            parse_tsv("level\n5\t1")
