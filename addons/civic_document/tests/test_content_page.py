import io
import os
import random
import sys
import tempfile
import time
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import civic_content_page
from ..tools import limited, ocr
from ..tools.limited import ProgramFailed
from ..tools.reading import TypeName, find_document_starts, get_seal_box, read_document
from ..tools.words import Page, Word, find_secrecy_mark_on_page, get_lines, read_text_pages
from .common import CivicDocumentCommon
from .pdf import make_pdf
from .scan import LETTER, make_blank, make_bomb, make_image_file, make_picture, make_scan, run_jobs

LOG = 'odoo.addons.civic_document.models.civic_content_page'


def make_page(*lines, source='ocr', confidence=0.9, number=1):
    """Return a page with the texts one under the other: (x, y, text)."""
    words = []
    for x, y, text in lines:
        for word in text.split():
            words.append(Word(word, x, y, x + 0.011 * len(word), y + 0.015, confidence))
            x += 0.011 * len(word) + 0.008
    return Page(number, 595, 842, words, source)


@tagged('post_install', '-at_install')
class TestLimited(BaseCase):

    def test_output_comes_back(self):
        self.assertEqual(limited.run(['echo', 'xin chào'], timeout=5), "xin chào\n".encode())

    def test_a_hanging_program_is_ended_with_its_children(self):
        mark = f'civic-hang-{os.getpid()}-{time.monotonic_ns()}'
        script = f"import subprocess, time; subprocess.Popen(['sleep', '300'], env={{'MARK': {mark!r}}}); time.sleep(300)"
        started = time.monotonic()
        with self.assertRaises(ProgramFailed) as caught:
            limited.run([sys.executable, '-c', script], timeout=1)
        self.assertEqual(caught.exception.code, 'timeout')
        self.assertLess(time.monotonic() - started, 10)
        time.sleep(0.2)
        self.assertFalse(self._find_processes(mark), "no process is left behind")

    def _find_processes(self, mark):
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/environ', 'rb') as file:
                    if mark.encode() in file.read():
                        found.append(pid)
            except OSError:
                continue
        return found

    def test_limits_of_memory_and_output(self):
        with self.assertRaises(ProgramFailed) as caught:
            limited.run([sys.executable, '-c', "bytearray(10**9)"], timeout=10, memory=300 * limited.MIB)
        self.assertEqual(caught.exception.code, 'crash')
        with self.assertRaises(ProgramFailed) as caught:
            limited.run(['yes'], timeout=10, max_output=100_000)
        self.assertEqual(caught.exception.code, 'too_large')

    def test_a_missing_program_is_told(self):
        with self.assertRaises(ProgramFailed) as caught:
            limited.run(['civic-no-such-program'], timeout=1)
        self.assertEqual(caught.exception.code, 'missing')

    def test_nothing_of_the_environment_is_passed_on(self):
        with patch.dict(os.environ, {'PGPASSWORD': 'secret'}):
            self.assertNotIn(b'PGPASSWORD', limited.run(['env'], timeout=5))


@tagged('post_install', '-at_install')
class TestWords(BaseCase):

    def _write(self, raw, suffix='.pdf'):
        file = tempfile.NamedTemporaryFile(suffix=suffix)
        self.addCleanup(file.close)
        file.write(raw)
        file.flush()
        return file.name

    def test_text_layer_gives_words_with_places(self):
        pages = read_text_pages(self._write(make_pdf("Số: 12/QĐ-UBND\nVề việc chuyển đổi số", "Trang hai")), 1, 2)
        self.assertEqual(sorted(pages), [1, 2])
        self.assertEqual([word.text for word in pages[1].words][:2], ["Số:", "12/QĐ-UBND"])
        for word in pages[1].words:
            self.assertTrue(0 <= word.x0 < word.x1 <= 1 and 0 <= word.y0 < word.y1 <= 1, word)
        first, second = pages[1].words[0], pages[1].words[2]
        self.assertLess(first.y0, second.y0)
        self.assertEqual((pages[1].width_pt, pages[1].height_pt, pages[1].source), (595, 842, 'text'))

    def test_hostile_text_is_text(self):
        pages = read_text_pages(self._write(make_pdf('<script>&amp;"</word>')), 1, 1)
        self.assertEqual(''.join(word.text for word in pages[1].words), '<script>&amp;"</word>')

    def test_broken_pdf_fails_cleanly(self):
        with self.assertRaises(ProgramFailed):
            read_text_pages(self._write(b'%PDF-1.7 nothing'), 1, 1)

    def test_no_arrangement_of_words_breaks_the_reading(self):
        """Words from outside stand anywhere, lie upon each other, have no size."""
        rng = random.Random(4)
        texts = (
            "Số:", "1/QĐ-UBND", "CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM", "ngày", "31", "tháng", "2", "năm", "2025",
            "KT.", "GIÁM", "ĐỐC", "Nơi", "nhận:", "V/v", "QUYẾT", "ĐỊNH", "ỦY", "BAN", "NHÂN", "DÂN", "-", "ǅ", "İ", "/", "٣", "", "KHẨN",
            "Nguyễn", "Văn", "A", "x" * 200,
        )
        types = (TypeName(1, "Quyết định (cá biệt)", 'QĐ', 'qd'), TypeName(2, "Công văn", '', 'cv'))
        for _round in range(150):
            words = []
            for _word in range(rng.randrange(80)):
                x, y = rng.uniform(0, 1), rng.choice((0.1, 0.12, 0.3, 0.6, rng.uniform(0, 1)))
                words.append(Word(
                    rng.choice(texts), x, y, x + rng.choice((0, 0.05, -0.01)), y + rng.choice((0, 0.012, 0.2)), rng.uniform(0, 1)))
            pages = [Page(1, 595, 842, words, rng.choice(('text', 'ocr'))), Page(2, 1, 1, words, 'ocr')]
            found = read_document(pages, types, abbreviations={'UBND'})
            get_seal_box(pages[0], found)
            find_document_starts(pages)
            find_secrecy_mark_on_page(pages[0])

    def test_lines_are_parted_by_wide_gaps(self):
        page = make_page((0.1, 0.1, "ỦY BAN NHÂN DÂN"), (0.5, 0.1, "CỘNG HÒA"), (0.1, 0.2, "Số: 1/QĐ"))
        self.assertEqual(get_lines(page), ["ỦY BAN NHÂN DÂN", "CỘNG HÒA", "Số: 1/QĐ"])

    def test_a_misread_mark_of_secrecy_is_found_at_its_place(self):
        """Decree 30/2020, Annex I, box 10a: the mark stands alone under the number."""
        for text, mark in (
            ("MẬT", 'mật'), ("MẶT", 'mật'), ("TỎI MẬT", 'tối mật'), ("TUYỆT MẠT", 'tuyệt mật'), ("| MẬT |", 'mật'),
        ):
            with self.subTest(text):
                self.assertEqual(find_secrecy_mark_on_page(make_page((0.1, 0.2, text))), mark)
        for text in ("MẶT TRẬN TỔ QUỐC", "bảo mật thông tin", "Mặt", "MÁT"):
            with self.subTest(text):
                self.assertIsNone(find_secrecy_mark_on_page(make_page((0.1, 0.2, text))))
        self.assertIsNone(find_secrecy_mark_on_page(make_page((0.1, 0.8, "MẶT"))), "a heading in a table")
        self.assertIsNone(find_secrecy_mark_on_page(make_page((0.1, 0.2, "MẬT"), confidence=0.1)), "specks are no mark")

    def test_a_scan_is_read_from_its_own_picture(self):
        path = self._write(make_scan(make_picture()))
        with patch.object(ocr, 'draw_page', side_effect=AssertionError("the picture need not be drawn anew")):
            page = ocr.read_scanned_page(path, 1)
        self.assertEqual((page.source, page.rotation), ('ocr', 0))
        self.assertIn("123/SVH-VP", page.text)
        self.assertIn("Trần Thị Minh Hạnh", page.text)
        number = next(word for word in page.words if word.text == "123/SVH-VP")
        self.assertTrue(0.2 < number.x0 < number.x1 < 0.4 and 0.14 < number.y0 < number.y1 < 0.18, number)

    def test_a_scan_upside_down_is_turned(self):
        page = ocr.read_scanned_page(self._write(make_scan(make_picture(turn=180))), 1)
        self.assertEqual(page.rotation, 180)
        self.assertIn("123/SVH-VP", page.text)

    def test_a_blank_page_has_no_words(self):
        page = ocr.read_scanned_page(self._write(make_scan(make_blank())), 1)
        self.assertEqual(page.words, [])

    def test_a_picture_bomb_is_not_opened(self):
        raw = make_bomb()
        self.assertLess(len(raw), 1_000_000)
        path = self._write(raw, '.png')
        started = time.monotonic()
        for read in (ocr.read_picture, lambda path: ocr.make_picture(path, os.devnull, max_side=1000)):
            with self.assertRaises(ProgramFailed) as caught:
                read(path)
            self.assertEqual(caught.exception.code, 'too_large')
        self.assertLess(time.monotonic() - started, 10)

    def test_a_corrupt_picture_fails_cleanly(self):
        raw = make_image_file(make_picture(LETTER[:3]))
        for broken in (raw[:len(raw) // 3], b'\x89PNG\r\n\x1a\n' + b'x' * 500):
            with self.assertRaises(ProgramFailed):
                ocr.make_picture(self._write(broken, '.png'), os.devnull)
        with self.assertRaises(ProgramFailed):
            ocr.read_picture(self._write(b'\x89PNG\r\n\x1a\n' + b'x' * 500, '.png'))

    def test_a_table_of_tesseract_with_rubbish_is_read(self):
        text = (
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
            "1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t\n"
            "5\t1\t1\t1\t1\t1\t100\t200\t50\t20\t91.5\tSố:\n"
            "5\t1\t1\t1\t1\t2\t990\t200\t50\t20\t-1\t \n"
            "broken line\n"
            "1\t2\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t\n")
        first, second = ocr.parse_tsv(text, dpi=100)
        self.assertEqual(first.words, [Word("Số:", 0.1, 0.1, 0.15, 0.11, 0.915)])
        self.assertEqual((first.width_pt, second.number, second.words), (720, 2, []))
        with self.assertRaises(ProgramFailed):
            ocr.parse_tsv('')


@tagged('post_install', '-at_install')
class TestContentPage(CivicDocumentCommon):

    def _capture(self, raw, name="Công văn.pdf", run=True):
        """Receive a file as the clerk; run the jobs that its pages need, if asked to."""
        with trap_jobs() as trap:
            document = self.env['civic.document'].with_user(self.clerk)._capture(
                name, raw, **self._prepare_document())
            if run:
                run_jobs(trap)
        self.trap = trap
        return document

    def _fake(self, *pages):
        """Let recognition give these pages, by number."""
        by_number = {page.number: page for page in pages}

        def read(path, number, **options):
            return by_number[number]

        return patch.object(civic_content_page, 'read_scanned_page', side_effect=read)

    def test_words_of_a_text_layer_are_there_at_once(self):
        document = self._capture(make_pdf("Một hai ba bốn năm sáu bảy tám chín", "Trang hai có chín từ cho đủ số đây"))
        self.assertFalse(self.trap.enqueued_jobs)
        content = document.content_ids
        self.assertEqual(content.sudo()._get_pages().mapped('state'), ['ready', 'ready'])
        answer = content.with_user(self.specialist).get_page_words(2)
        self.assertEqual((answer['state'], answer['source'], answer['message']), ('ready', 'text', ''))
        self.assertEqual([row[0] for row in answer['words']][:2], ["Trang", "hai"])

    def test_a_scan_is_read_in_the_background_and_found_by_its_words(self):
        with self._fake(make_page((0.1, 0.1, "Kế hoạch chuyển đổi số của thành phố Hoa Phượng"))):
            document = self._capture(make_scan(make_blank()), run=False)
            content = document.content_ids
            self.assertEqual(content.get_page_words(1)['state'], 'pending')
            self.assertEqual(content.text_state, 'pending')
            run_jobs(self.trap)
        self.assertEqual(content.text_state, 'done')
        answer = content.get_page_words(1)
        self.assertEqual((answer['state'], answer['source']), ('ready', 'ocr'))
        found = self.env['civic.document'].with_user(self.clerk).search([('search_text', 'ilike', 'chuyển đổi số')])
        self.assertIn(document, found)
        # reading the text of all files anew keeps what was recognised
        self.env['civic.document.text'].sudo()._rebuild(document.sudo())
        found = self.env['civic.document'].with_user(self.clerk).search([('search_text', 'ilike', '"hoa phượng"')])
        self.assertIn(document, found)

    def test_the_same_page_is_not_recognised_twice(self):
        with self._fake(make_page((0.1, 0.1, "Một"))) as read:
            content = self._capture(make_scan(make_blank())).content_ids
            content.sudo()._job_read_pages([1])
        self.assertEqual(read.call_count, 1)

    def test_many_pages_are_read_in_pieces_first_and_last_first(self):
        pages = [make_page((0.1, 0.1, f"trang{number}"), number=number) for number in range(1, 8)]
        with self._fake(*pages) as read:
            content = self._capture(make_scan(*[make_blank()] * 7)).content_ids
        self.assertEqual([call.args[1] for call in read.call_args_list], [1, 7, 2, 3, 4, 5, 6])
        self.assertEqual(content.sudo()._get_pages().mapped('number'), list(range(1, 8)))
        self.assertIn("trang4", self.env['civic.document.text'].sudo()._read_content(content.sudo()))

    def test_pages_beyond_the_limit_are_not_recognised(self):
        self.env['civic.rule.value'].search([('key', '=', 'reading.max_pages')]).value = '3'
        pages = [make_page((0.1, 0.1, f"trang{number}"), number=number) for number in range(1, 10)]
        with self._fake(*pages) as read:
            self._capture(make_scan(*[make_blank()] * 9))
        self.assertEqual([call.args[1] for call in read.call_args_list], [1, 9, 2, 3])

    @mute_logger(LOG)
    def test_crash_and_hang_end_in_a_message(self):
        for code, word in (('crash', "broke off"), ('timeout', "in time"), ('missing', "not installed"), ('too_large', "dpi")):
            with self.subTest(code):
                with patch.object(civic_content_page, 'read_scanned_page', side_effect=ProgramFailed(code)):
                    content = self._capture(make_scan(make_blank())).content_ids
                answer = content.with_context(lang='en_US').get_page_words(1)
                self.assertEqual((answer['state'], answer['words']), ('failed', []))
                self.assertIn(word, answer['message'])
                self.assertEqual(content.text_state, 'none')

    @mute_logger(LOG)
    def test_a_hanging_tesseract_is_ended_in_time(self):
        self.env['civic.rule.value'].search([('key', '=', 'reading.page_seconds')]).value = '1'
        real = limited.run

        def hang(command, **options):
            return real(['sleep', '60'] if command[0] == 'tesseract' else command, **options)

        started = time.monotonic()
        with patch.object(ocr, 'run', hang):
            content = self._capture(make_scan(make_blank())).content_ids
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual(content.sudo()._get_pages().failure, 'timeout')

    def test_a_mark_found_by_recognition_expunges_the_file(self):
        """Decree 30/2020, Articles 15.2, 16.3 and 22.4: nothing of a state secret is kept."""
        with self._fake(make_page((0.1, 0.2, "TỐI MẬT"), (0.1, 0.3, "Về việc bố trí lực lượng"))):
            document = self._capture(make_scan(make_blank()))
        self.assertFalse(document.content_ids)
        self.assertFalse(self.env['civic.content.page'].sudo().search([('content_id.document_id', '=', document.id)]))
        self.env.cr.execute("SELECT body FROM civic_document_text WHERE document_id = %s", [document.id])
        self.assertFalse(self.env.cr.fetchone()[0])
        line = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_type', '=', 'refusal')])
        self.assertEqual(len(line), 1)
        self.assertNotIn("lực lượng", line.detail)

    def test_wrong_people_get_no_words(self):
        document = self._capture(make_pdf("Một hai ba bốn năm sáu bảy tám chín"))
        document.write({'access_level': 'restricted', 'user_ids': [(4, self.leader.id)]})
        content = document.content_ids
        pages = content.sudo()._get_pages()
        self.assertTrue(content.with_user(self.leader).get_page_words(1)['words'])
        for user in (self.specialist, self.foreign_clerk, self.foreign_leader):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    content.with_user(user).get_page_words(1)
                with self.assertRaises(AccessError):
                    pages.with_user(user).read(['number'])
                self.assertFalse(self.env['civic.content.page'].with_user(user).search([('id', 'in', pages.ids)]))

    def test_words_come_through_the_journalled_door_only(self):
        document = self._capture(make_pdf("Một hai ba bốn năm sáu bảy tám chín"))
        pages = document.content_ids.sudo()._get_pages()
        for user in (self.clerk, self.leader, self.records_admin):
            with self.assertRaises(AccessError):
                pages.with_user(user).read(['words'])
            with self.assertRaises(AccessError):
                pages.with_user(user).write({'state': 'failed'})
            with self.assertRaises(AccessError):
                self.env['civic.content.page'].with_user(user).create(
                    {'content_id': document.content_ids.id, 'number': 9})
        lines = self.env['civic.journal.entry'].search_count([
            ('res_id', '=', document.id), ('res_model', '=', 'civic.document'), ('event_type', '=', 'access')])
        document.content_ids.with_user(self.leader).get_page_words(1)
        self.assertEqual(self.env['civic.journal.entry'].search_count([
            ('res_id', '=', document.id), ('res_model', '=', 'civic.document'), ('event_type', '=', 'access')]), lines + 1)

    def test_pages_out_of_range_are_told(self):
        content = self._capture(make_pdf("Một hai ba bốn năm sáu bảy tám chín")).content_ids
        for number in (0, -1, 2, 10**9, '1', None):
            answer = content.get_page_words(number)
            self.assertEqual((answer['state'], answer['words']), ('failed', []))
            self.assertTrue(answer['message'])
        self.assertFalse(self.env['queue.job'].search([('identity_key', 'like', f'civic_pages_{content.id}_')]))

    def test_files_without_pages_are_told(self):
        content = self._capture("Một hai".encode(), name="a.txt").content_ids
        self.assertEqual(content.get_page_words(1)['state'], 'failed')


@tagged('post_install', '-at_install')
class TestPageHttp(CivicDocumentCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.env['civic.document'].with_user(cls.clerk)._capture(
            "Kế hoạch.pdf", make_pdf("Trang một của kế hoạch này có đủ chữ", "Trang hai"), **cls._prepare_document())
        cls.content = cls.document.content_ids

    def _get(self, user, path='1.png', content=None, **headers):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(
            f'/civic/content/{(content or self.content).id}/page/{path}', headers=headers, allow_redirects=False)

    def _lines(self, outcome='success'):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', self.document.id), ('event_type', '=', 'access'),
            ('outcome', '=', outcome)])

    def test_pages_are_pictures_and_one_reading(self):
        response = self._get(self.specialist)
        self.assertEqual((response.status_code, response.headers['Content-Type']), (200, 'image/png'))
        with Image.open(io.BytesIO(response.content)) as picture:
            self.assertAlmostEqual(picture.width, 595 / 72 * 100, delta=2)
        self.assertIn('private', response.headers['Cache-Control'])
        self.assertEqual(response.headers['X-Content-Type-Options'], 'nosniff')
        self.assertEqual(len(self._lines()), 1)
        for path in ('2.png', '1.png?dpi=150', '2.png?dpi=50'):
            self.assertEqual(self.url_open(f'/civic/content/{self.content.id}/page/{path}').status_code, 200)
        self.assertEqual(len(self._lines()), 1, "turning pages is one reading")

    def test_an_unchanged_page_is_not_sent_again(self):
        etag = self._get(self.specialist).headers['ETag']
        response = self._get(self.specialist, **{'If-None-Match': etag})
        self.assertEqual((response.status_code, response.content), (304, b''))
        self.assertNotEqual(self._get(self.specialist, '1.png?dpi=200').headers['ETag'], etag)

    def test_resolution_is_bounded(self):
        for dpi in ('1000000', '-5', 'abc', '0'):
            response = self._get(self.specialist, f'1.png?dpi={dpi}')
            self.assertEqual(response.status_code, 200)
            with Image.open(io.BytesIO(response.content)) as picture:
                self.assertLessEqual(picture.width, 1700)

    @mute_logger('odoo.http')
    def test_wrong_people_and_pages_get_nothing(self):
        for path in ('0.png', '3.png', '999999.png'):
            self.assertEqual(self._get(self.clerk, path).status_code, 404)
        self.assertFalse(self._lines())
        self.assertEqual(self._get(None).status_code, 303)
        self.document.write({'access_level': 'restricted', 'user_ids': [(4, self.leader.id)]})
        self.assertEqual(self._get(self.leader).status_code, 200)
        for user in (self.specialist, self.foreign_clerk):
            response = self._get(user)
            self.assertEqual(response.status_code, 404)
            self.assertNotIn(b'PNG', response.content)
        self.assertEqual(len(self._lines('failure')), 2)

    def test_pictures_that_arrive_as_such_have_pages_too(self):
        with trap_jobs():
            content = self.document._attach_content(
                "Ảnh.png", make_image_file(make_picture(LETTER[:4])), role='appendix')
        response = self._get(self.specialist, '1.png?dpi=50', content=content)
        self.assertEqual(response.status_code, 200)
        with Image.open(io.BytesIO(response.content)) as picture:
            self.assertLessEqual(max(picture.size), 600)
        self.assertEqual(self._get(self.specialist, '2.png', content=content).status_code, 404)
