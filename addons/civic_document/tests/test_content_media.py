from odoo.exceptions import UserError
from odoo.tests import BaseCase, HttpCase, tagged

from ..exceptions import ContentRefused
from ..tools.content import inspect
from .common import CivicDocumentCommon
from .media import make_email, make_mp3, make_mp4, make_ogg, make_wav, make_webm
from .pdf import make_pdf

LIMITS = {'max_bytes': 10_000_000, 'max_pages': 100}


@tagged('post_install', '-at_install')
class TestMediaTools(BaseCase):

    def test_recordings_are_known_by_their_bytes(self):
        for name, raw, mimetype in (
            ('hop.wav', make_wav(), 'audio/x-wav'), ('hop.mp3', make_mp3(), 'audio/mpeg'), ('hop.ogg', make_ogg(), 'audio/ogg'),
            ('hop.m4a', make_mp4(b'M4A '), 'audio/mp4'), ('hop.mp4', make_mp4(), 'video/mp4'),
            ('hop.mov', make_mp4(b'qt  '), 'video/quicktime'), ('hop.webm', make_webm(), 'video/webm'),
        ):
            with self.subTest(name=name):
                report = inspect(raw, name, **LIMITS)
                self.assertEqual((report.problems, report.mimetype), ((), mimetype))
                self.assertTrue(report.puid)

    def test_a_recording_is_what_its_name_says(self):
        self.assertEqual(inspect(make_mp3(), 'hop.mp4', **LIMITS).problems, ('extension_mismatch',))
        self.assertIn('forbidden_format', inspect(b'MZ' + bytes(300), 'hop.mp3', **LIMITS).problems)
        self.assertEqual(inspect(bytes(range(1, 200)), 'hop.wav', **LIMITS).problems, ('corrupt',))
        self.assertEqual(inspect(make_wav(), 'hop.wav', max_bytes=100, max_pages=1).problems, ('too_large',))

    def test_the_words_of_an_email_are_read_and_nothing_of_it_runs(self):
        raw = make_email("Kính gửi", html="<p>Kính gửi</p><script>evil()</script><img src='http://evil.example/x'>")
        report = inspect(raw, 'thu.eml', **LIMITS)
        self.assertEqual((report.problems, report.mimetype, report.puid), ((), 'message/rfc822', 'fmt/278'))
        self.assertEqual((report.mail['subject'], report.mail['day']), ("Góp ý dự thảo quy chế", '2026-03-02'))
        self.assertIn("Kính gửi", report.text)
        self.assertNotIn('evil', report.text)
        only_html = inspect(
            b'MIME-Version: 1.0\r\nContent-Type: text/html\r\nFrom: a@example.vn\r\nSubject: Xin\r\n\r\n'
            b'<html><head><title>t</title></head><script>evil()</script><p>Xin</p><p>chao</p></html>', 'b.eml', **LIMITS)
        self.assertEqual(only_html.problems, ())
        self.assertTrue(only_html.text.endswith("Xin\nchao"), only_html.text)

    def test_hostile_emails(self):
        for raw, expected in (
            (b'MZ' + bytes(300), 'forbidden_format'),
            (b'no head at all\r\n\r\nbody', 'corrupt'),
            (make_pdf("a"), 'corrupt'),
            (make_email("x", attachments=[('anh.jpg', b'MZ' + bytes(400) + b'PE\0\0' + bytes(200))]), 'forbidden_format'),
            (b'From: a@example.vn\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
             + b'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n' * 500 + b'--b--', 'unreadable'),
        ):
            with self.subTest(raw=raw[:40]):
                self.assertIn(expected, inspect(raw, 'thu.eml', **LIMITS).problems)

    def test_a_broken_head_does_not_break_the_reader(self):
        report = inspect(
            b'From: =?utf-8?B?////?= <a@example.vn>\r\nDate: yesterday\r\nSubject: =?x-none?Q?=FF?=\r\n'
            b'Content-Type: text/plain; charset=x-none\r\n\r\nch\xe0o', 'thu.eml', **LIMITS)
        self.assertEqual((report.problems, report.mail['day']), ((), ''))


@tagged('post_install', '-at_install')
class TestMedia(CivicDocumentCommon, HttpCase):

    def _capture(self, name, raw, **values):
        return self.env['civic.document'].with_user(self.clerk)._capture(
            name, raw, company_id=self.agency.id, direction='none', subject=name.rpartition('.')[0], **values)

    def test_an_email_gives_subject_sender_day_words_and_its_attachments(self):
        raw = make_email("Nội dung về hồ sơ lưu trữ", attachments=[
            ("Dự thảo.pdf", make_pdf("Quy chế làm việc")), ('du-lieu.zip', b'PK\x03\x04' + bytes(60))])
        document = self._capture('thu.eml', raw)
        self.assertEqual(document.subject, "Góp ý dự thảo quy chế")
        self.assertEqual((str(document.issue_date), document.issuer_name), ('2026-03-02', "Sở Nội vụ <noivu@example.vn>"))
        self.assertEqual(document.content_ids.mapped(lambda content: (content.role, content.name)), [
            ('original', 'thu.eml'), ('appendix', "Dự thảo.pdf")])
        self.assertEqual(document.main_content_id.sudo().attachment_id.raw, raw, "what was refused is still inside the e-mail")
        for words in ("hồ sơ lưu trữ", "Quy chế làm việc"):
            self.assertIn(document, self.env['civic.document'].search([('search_text', 'ilike', words)]))

    def test_what_the_document_says_of_itself_stays(self):
        document = self.env['civic.document'].with_user(self.clerk)._capture(
            'thu.eml', make_email("x"), company_id=self.agency.id, direction='none', subject="Thư của Sở", issuer_name="Sở")
        self.assertEqual((document.subject, document.issuer_name), ("Thư của Sở", "Sở"))

    def test_a_secret_in_an_attachment_keeps_the_email_out(self):
        raw = make_email("x", attachments=[('a.txt', "TUYỆT MẬT\nKế hoạch".encode())])
        with self.assertRaises(UserError):
            self._capture('thu.eml', raw)

    def test_the_format_of_one_mail_program_is_refused_with_words(self):
        with self.assertRaisesRegex(ContentRefused, r"\.eml"):
            self._capture('thu.msg', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(600))

    def test_an_email_is_shown_as_its_words(self):
        document = self._capture('thu.eml', make_email("Kính gửi", html="<p>Kính gửi</p><script>evil()</script>"))
        self.authenticate(self.clerk.login, self.clerk.login)
        response = self.url_open(document.main_content_id._get_url())
        self.assertEqual(response.headers['Content-Type'], 'text/plain; charset=utf-8')
        self.assertIn('sandbox', response.headers['Content-Security-Policy'])
        self.assertIn("Kính gửi", response.text)
        self.assertNotIn('evil', response.text)
        download = self.url_open(document.main_content_id._get_url(download=True))
        self.assertTrue(download.headers['Content-Disposition'].startswith('attachment'))

    def test_a_recording_is_played_in_place_by_ranges(self):
        document = self._capture('hop.mp3', make_mp3())
        self.authenticate(self.clerk.login, self.clerk.login)
        response = self.url_open(document.main_content_id._get_url(), headers={'Range': 'bytes=0-2'})
        self.assertEqual((response.status_code, response.content), (206, b'ID3'))
        self.assertTrue(response.headers['Content-Disposition'].startswith('inline'))
        self.assertTrue(document.main_content_id.preview_url)
