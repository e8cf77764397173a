import json
from pathlib import Path
from urllib.parse import quote

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CivicDocumentCommon
from .pdf import make_pdf


@tagged('post_install', '-at_install')
class TestContentHttp(CivicDocumentCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = make_pdf("Kế hoạch", "Trang hai")
        cls.document = cls.env['civic.document'].with_user(cls.clerk)._capture(
            "Kế hoạch số 1.pdf", cls.raw, **cls._prepare_document())
        cls.content = cls.document.content_ids
        cls.portal = new_test_user(cls.env, 'town_portal', groups='base.group_portal', password='town_portal')
        cls.plain = new_test_user(cls.env, 'town_plain', groups='base.group_user', password='town_plain')

    def _lines(self, *event_types):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', self.document.id), ('event_type', 'in', event_types)])

    def _get(self, user, url=None, **headers):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(url or self.content._get_url(), headers=headers)

    def test_preview_sends_the_file_and_leaves_one_line(self):
        response = self._get(self.specialist)
        self.assertEqual((response.status_code, response.content), (200, self.raw))
        self.assertEqual(response.headers['Content-Type'], 'application/pdf')
        self.assertEqual(response.headers['X-Content-Type-Options'], 'nosniff')
        self.assertEqual(response.headers['X-Frame-Options'], 'SAMEORIGIN')
        self.assertIn("default-src 'none'", response.headers['Content-Security-Policy'])
        self.assertIn('private', response.headers['Cache-Control'])
        self.assertIn('no-cache', response.headers['Cache-Control'])
        self.assertTrue(response.headers['Content-Disposition'].startswith('inline'))
        line = self._lines('access')
        self.assertRecordValues(line, [{'user_id': self.specialist.id, 'outcome': 'success', 'source': 'web'}])
        self.assertIn(self.content.sha256, line.detail)

    def test_download_has_the_vietnamese_name_and_a_line_of_its_own(self):
        response = self._get(self.specialist, self.content._get_url(download=True))
        disposition = response.headers['Content-Disposition']
        self.assertTrue(disposition.startswith('attachment'))
        self.assertIn("filename*=UTF-8''" + quote("Kế hoạch số 1.pdf"), disposition)
        self.assertEqual(len(self._lines('download')), 1)
        self.assertFalse(self._lines('access'))

    def test_ranges_of_one_reading_make_one_line(self):
        self.authenticate(self.specialist.login, self.specialist.login)
        url = self.content._get_url()
        whole = self.url_open(url)
        self.assertEqual(whole.headers['Accept-Ranges'], 'bytes')
        for start in range(0, len(self.raw), max(1, len(self.raw) // 5)):
            part = self.url_open(url, headers={'Range': f'bytes={start}-{start + 99}'})
            self.assertEqual((part.status_code, part.content), (206, self.raw[start:start + 100]))
        self.assertEqual(len(self._lines('access')), 1)
        self.url_open(url)
        self.assertEqual(len(self._lines('access')), 2, "who opens it again reads it again")

    def test_a_range_without_a_reading_before_is_journalled(self):
        response = self._get(self.specialist, Range='bytes=10-19')
        self.assertEqual((response.status_code, response.content), (206, self.raw[10:20]))
        self.assertEqual(len(self._lines('access')), 1)
        self.url_open(self.content._get_url(download=True), headers={'Range': 'bytes=0-9'})
        self.assertEqual(len(self._lines('download')), 1)

    def test_unchanged_file_is_not_sent_again_but_journalled(self):
        etag = self._get(self.specialist).headers['ETag']
        response = self.url_open(self.content._get_url(), headers={'If-None-Match': etag})
        self.assertEqual((response.status_code, response.content), (304, b''))
        self.assertEqual(len(self._lines('access')), 2)

    @mute_logger('odoo.http')
    def test_wrong_people_get_nothing_and_leave_a_trace(self):
        self.document.write({'access_level': 'restricted', 'user_ids': [(4, self.leader.id)]})
        self.assertEqual(self._get(self.leader).status_code, 200)
        for user in (self.specialist, self.other_specialist, self.foreign_clerk, self.foreign_leader, self.portal, self.plain):
            for url in (self.content._get_url(), self.content._get_url(download=True)):
                with self.subTest(user=user.login, url=url):
                    response = self._get(user, url)
                    self.assertEqual(response.status_code, 404)
                    self.assertNotIn(self.raw[:100], response.content)
        refused = self._lines('access', 'download').filtered(lambda line: line.outcome == 'failure')
        self.assertEqual(len(refused), 12)
        self.assertEqual(refused.company_id, self.agency)

    @mute_logger('odoo.http')
    def test_nobody_and_nothing(self):
        self.authenticate(None, None)
        response = self.url_open(self.content._get_url(), allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn('/web/login', response.headers['Location'])
        self.assertEqual(self._get(self.clerk, '/civic/content/999999999/a.pdf').status_code, 404)

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_attachment', 'odoo.addons.web.controllers.binary')
    def test_the_general_doors_are_shut(self):
        attachment = self.content.sudo().attachment_id
        for user in (self.clerk, self.leader, self.records_admin, self.env.ref('base.user_admin')):
            self.authenticate(user.login, user.login)
            for url in (
                f'/web/content/{attachment.id}', f'/web/content/{attachment.id}?download=true',
                f'/web/content/ir.attachment/{attachment.id}/raw', f'/web/content/ir.attachment/{attachment.id}/datas',
                f'/web/content?model=civic.content&id={self.content.id}&field=attachment_id',
                f'/web/image/{attachment.id}', f'/web/image/ir.attachment/{attachment.id}/raw',
                f'/web/content/{attachment.id}?access_token={attachment._get_raw_access_token()}',
            ):
                with self.subTest(user=user.login, url=url):
                    response = self.url_open(url)
                    self.assertNotIn(self.raw[:100], response.content)
                    self.assertNotEqual(response.headers.get('Content-Length'), str(len(self.raw)))
        self.assertFalse(self._lines('access', 'download'))

    @mute_logger('odoo.http')
    def test_rpc_reads_no_bytes(self):
        attachment = self.content.sudo().attachment_id
        for user in (self.clerk, self.records_admin, self.env.ref('base.user_admin')):
            self.authenticate(user.login, user.login)
            for method, args in (
                ('read', [[attachment.id], ['raw', 'datas']]), ('web_read', [[attachment.id], {'datas': {}}]),
                ('export_data', [[attachment.id], ['datas']]), ('copy', [[attachment.id]]),
            ):
                answer = self.make_jsonrpc_request_answer('ir.attachment', method, args)
                with self.subTest(user=user.login, method=method):
                    self.assertIn('error', answer)
            rows = self.make_jsonrpc_request_answer(
                'ir.attachment', 'search_read', [[['res_model', '=', 'civic.content']], ['datas']])
            self.assertEqual(rows['result'], [])

    def make_jsonrpc_request_answer(self, model, method, args):
        response = self.url_open('/web/dataset/call_kw', data=json.dumps({
            'jsonrpc': '2.0', 'method': 'call',
            'params': {'model': model, 'method': method, 'args': args, 'kwargs': {}},
        }), headers={'Content-Type': 'application/json'})
        return response.json()

    def test_what_a_browser_must_not_run_is_sandboxed_or_downloaded(self):
        for name, raw, mimetype, disposition in (
            ("a.txt", "Chào".encode(), 'text/plain', 'inline'),
            ("a.xml", b'<?xml version="1.0"?><a xmlns:x="http://www.w3.org/1999/xhtml"><x:script>1</x:script></a>', 'text/xml',
             'attachment'),
        ):
            content = self.document._attach_content(name, raw, role='appendix')
            response = self._get(self.specialist, content._get_url())
            with self.subTest(name):
                self.assertEqual(response.content, raw)
                self.assertTrue(response.headers['Content-Type'].startswith(mimetype))
                self.assertTrue(response.headers['Content-Disposition'].startswith(disposition))
                self.assertIn('sandbox', response.headers['Content-Security-Policy'])

    @mute_logger('odoo.http')
    def test_a_lost_file_is_told_and_journalled(self):
        content = self.document._attach_content("Mất.pdf", make_pdf("Tệp sẽ mất"), role='appendix')
        Path(content._get_path()).unlink()
        self.assertEqual(self._get(self.clerk, content._get_url()).status_code, 404)
        self.assertEqual(self._lines('access').outcome, 'failure')

    def test_upload_answers_for_each_file(self):
        self.authenticate(self.clerk.login, self.clerk.login)
        response = self.url_open(
            f'/civic/content/upload/{self.document.id}', data={'csrf_token': Request.csrf_token(self), 'role': 'appendix'},
            files=[('ufile', ("Phụ lục.pdf", make_pdf("Phụ lục"), 'application/pdf')),
                   ('ufile', ("Hỏng.pdf", b'%PDF-1.7 x', 'application/pdf')),
                   ('ufile', ("Rỗng.pdf", b'', 'application/pdf'))])
        good, broken, empty = response.json()
        self.assertEqual(self.document.content_ids.filtered(lambda content: content.id == good['content_id']).name, "Phụ lục.pdf")
        self.assertFalse(broken['ok'] or empty['ok'])
        self.assertIn("Hỏng.pdf", broken['message'])
        self.assertEqual(len(self.document.content_ids), 2)
        self.authenticate(self.specialist.login, self.specialist.login)
        response = self.url_open(
            f'/civic/content/upload/{self.document.id}', data={'csrf_token': Request.csrf_token(self)},
            files=[('ufile', ("b.pdf", make_pdf("b"), 'application/pdf'))])
        self.assertFalse(response.json()[0]['ok'])
