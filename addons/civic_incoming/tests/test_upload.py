import json
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_document.tests.media import make_heic
from odoo.addons.civic_document.tests.pdf import make_pdf

from .common import CivicIncomingCommon
from .intake_common import make_tiff


@tagged('post_install', '-at_install')
class TestUpload(CivicIncomingCommon, HttpCase):

    def _upload(self, user, *files, **values):
        """Send [(name, bytes)] as the user; return the answer."""
        self.authenticate(user.login, user.login)
        return self.url_open(
            '/civic/incoming/upload',
            data={'csrf_token': Request.csrf_token(self), **values},
            files=[('files', file) for file in files],
        )

    def test_each_file_becomes_a_draft(self):
        answer = self._upload(
            self.clerk, ('ke-hoach.pdf', make_pdf("KE HOACH 1")), ('cong-van.pdf', make_pdf("CONG VAN 2")))
        results = answer.json()['results']
        self.assertEqual([result['ok'] for result in results], [True, True])
        self.assertEqual([result['name'] for result in results], ['ke-hoach.pdf', 'cong-van.pdf'])
        documents = self.env['civic.document'].browse([result['document_id'] for result in results])
        for document in documents:
            self.assertRecordValues(document, [{
                'state': 'draft', 'direction': 'incoming', 'company_id': self.agency.id,
                'create_uid': self.clerk.id, 'register_number': 0,
            }])
            self.assertEqual(len(document.content_ids), 1)

    def test_refused_file_does_not_spoil_the_others(self):
        held = []
        quarantine = self.registry['civic.quarantine']
        hold = quarantine._hold

        def note_hold(quarantines, report, raw, code, message):
            # outside of tests the quarantine commits by itself; here it goes with the savepoint of the file
            held.append((report.name, code))
            return hold(quarantines, report, raw, code, message)

        with patch.object(quarantine, '_hold', note_hold):
            results = self._upload(
                self.clerk,
                ('tot.pdf', make_pdf("VAN BAN")),
                ('rong.pdf', b''),
                ('khoa.pdf', make_pdf("VAN BAN", password='mật khẩu')),
                ('hong.pdf', b'%PDF-1.7 day khong phai la PDF'),
                ('thong-bao.docx', make_pdf("THONG BAO")),
                ('chuong-trinh.exe', b'MZ' + b'\0' * 200),
            ).json()['results']
        self.assertEqual([result['ok'] for result in results], [True] + [False] * 5)
        for result in results[1:]:
            with self.subTest(file=result['name']):
                self.assertFalse(result['document_id'])
                self.assertIn(result['name'], result['message'])
        self.assertEqual(held, [
            ('rong.pdf', 'empty'), ('khoa.pdf', 'encrypted'), ('hong.pdf', 'corrupt'), ('thong-bao.docx', 'extension_mismatch'),
            ('chuong-trinh.exe', 'forbidden_format'),
        ])

    def test_state_secret_is_refused_and_not_kept(self):
        quarantined = self.env['civic.quarantine'].search_count([])
        results = self._upload(self.clerk, ('van-ban.pdf', make_pdf("TUYỆT MẬT\nVề việc"))).json()['results']
        self.assertFalse(results[0]['ok'])
        # in English and in Vietnamese
        self.assertIn("Tuyệt mật", results[0]['message'])
        self.assertEqual(self.env['civic.quarantine'].search_count([]), quarantined)

    def test_same_file_is_hinted_at(self):
        raw = make_pdf("VAN BAN")
        first = self._upload(self.clerk, ('mot.pdf', raw)).json()['results'][0]
        second = self._upload(self.clerk, ('hai.pdf', raw)).json()['results'][0]
        self.assertFalse(first['message'])
        self.assertTrue(second['ok'])
        self.assertTrue(second['message'])
        self.assertNotEqual(second['document_id'], first['document_id'])

    @mute_logger('odoo.http')
    def test_only_clerks_upload(self):
        before = self.env['civic.document'].search_count([])
        for role in ('specialist', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin'):
            with self.subTest(role=role):
                answer = self._upload(self.users[role], ('mot.pdf', make_pdf("VAN BAN")))
                self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.env['civic.document'].search_count([]), before)

    @mute_logger('odoo.http')
    def test_nobody_uploads_into_a_foreign_agency(self):
        answer = self._upload(
            self.clerk, ('mot.pdf', make_pdf("VAN BAN")), company_ids=json.dumps(self.other_agency.ids))
        self.assertEqual(answer.status_code, 403)
        answer = self._upload(self.clerk, ('mot.pdf', make_pdf("VAN BAN")), company_ids='1; DROP TABLE')
        self.assertGreaterEqual(answer.status_code, 400)

    @mute_logger('odoo.http')
    def test_upload_needs_the_token_of_the_page(self):
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(
            '/civic/incoming/upload', data={'csrf_token': 'o1'}, files=[('files', ('mot.pdf', make_pdf("VAN BAN")))])
        self.assertEqual(answer.status_code, 400)

    def test_agency_is_the_one_chosen_in_the_browser(self):
        self.clerk.company_ids += self.other_agency
        result = self._upload(
            self.clerk, ('mot.pdf', make_pdf("VAN BAN")),
            company_ids=json.dumps((self.other_agency | self.agency).ids[::-1])).json()['results'][0]
        first = (self.other_agency | self.agency).ids[-1]
        self.assertEqual(self.env['civic.document'].browse(result['document_id']).company_id.id, first)

    def test_opening_the_file_counts_as_reading(self):
        result = self._upload(self.clerk, ('mot.pdf', make_pdf("VAN BAN"))).json()['results'][0]
        document = self.env['civic.document'].browse(result['document_id'])
        document.with_user(self.clerk).write(self._prepare_document(paper_original=False))
        document.with_user(self.clerk)._register_documents()
        document.with_user(self.leader)._assign([self.lead_task])
        content = document.content_ids
        self.authenticate(self.leader.login, self.leader.login)
        url = document.preview_contents[0]['url']
        self.assertEqual(self.url_open(url).status_code, 200)
        self.assertFalse(document.assignment_ids.read_at)
        self.authenticate(self.specialist.login, self.specialist.login)
        self.assertEqual(self.url_open(url).content, content.attachment_id.raw)
        document.assignment_ids.invalidate_recordset()
        self.assertEqual(document.assignment_ids.read_by_id, self.specialist)

    def test_way_of_arrival_is_noted(self):
        result = self._upload(self.clerk, ('mot.pdf', make_pdf("VAN BAN")), channel='hand').json()['results'][0]
        self.assertEqual(self.env['civic.document'].browse(result['document_id']).arrival_channel, 'hand')
        with mute_logger('odoo.http'):
            self.assertGreaterEqual(
                self._upload(self.clerk, ('mot.pdf', make_pdf("VAN BAN")), channel='pigeon').status_code, 400)

    def test_tiff_is_shown_as_pdf(self):
        result = self._upload(self.clerk, ('fax.tif', make_tiff((400, 600), (400, 600)))).json()['results'][0]
        document = self.env['civic.document'].browse(result['document_id'])
        self.assertRecordValues(document.main_content_id, [{'mimetype': 'application/pdf', 'page_count': 2}])
        self.assertEqual(document.preview_contents[0]['kind'], 'pdf')

    def test_photo_of_a_telephone_is_kept_and_shown_as_pdf(self):
        photo = make_heic()
        kept, damaged = self._upload(self.clerk, ('anh.heic', photo), ('hong.heic', photo[:-200])).json()['results']
        document = self.env['civic.document'].browse(kept['document_id'])
        self.assertRecordValues(document.content_ids.sorted('id'), [
            {'name': 'anh.heic', 'role': 'original', 'mimetype': 'image/heic', 'puid': 'fmt/1101', 'page_count': 0},
            {'name': 'anh.pdf', 'role': 'rendition', 'mimetype': 'application/pdf', 'puid': 'fmt/17', 'page_count': 1}])
        self.assertEqual(document.content_ids.sorted('id')[0].attachment_id.raw, photo)
        self.assertEqual(document.preview_contents[0]['kind'], 'pdf')
        self.assertFalse(damaged['ok'])
        self.assertIn('hong.heic', damaged['message'])
