import io
from unittest.mock import patch

import pikepdf
from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_incoming.models import civic_document_stamp
from odoo.addons.civic_report.tests.files import read_pdf
from odoo.addons.civic_report.tests.test_overlay import make_letter
from odoo.addons.civic_report.tools.canvas import MM
from odoo.addons.civic_report.tools.overlay import OverlayFailed

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestStamp(CivicIncomingCommon):
    """The stamp ĐẾN (Decree 30/2020, Annex IV, form V; testable rule 55)."""

    def _receive(self, name='cong-van.pdf', raw=None, **values):
        document = self._create_document(paper_original=False, **values)
        document._attach_content(name, raw or make_letter())
        document._register_documents()
        return document

    def _print(self, user=None, **values):
        output = io.BytesIO()
        self.env['civic.form.label'].with_user(user or self.clerk)._print(output, 'pdf', values)
        return output.getvalue()

    def _read(self, content):
        return ' '.join(' '.join(read_pdf(content.sudo().attachment_id.raw)).split())

    def test_stamp_is_a_rendition_and_the_original_stays(self):
        document = self._receive()
        original = document.main_content_id
        before = original.sudo().attachment_id.raw
        action = document.action_stamp()
        self.assertEqual(action['params']['type'], 'success')
        stamped = document.stamp_content_id
        self.assertRecordValues(stamped, [{
            'role': 'rendition', 'derived_from_id': original.id, 'document_id': document.id, 'page_count': original.page_count,
            'name': 'cong-van (den 01).pdf', 'mimetype': 'application/pdf'}])
        self.assertEqual((document.main_content_id, original.sudo().attachment_id.raw), (original, before))
        self.assertFalse(original._verify_digest())
        text = self._read(stamped)
        for part in (self.agency.name.upper(), "ĐẾN", "Số: 01", "Ngày: 05/03/2025", "Chuyển:", "Số và ký hiệu HS:"):
            self.assertIn(part, text)
        self.assertIn("Căn cứ Luật", text)

    def test_stamping_again_gives_the_same_file(self):
        document = self._receive()
        document.action_stamp()
        first = document.stamp_content_id
        document.action_stamp()
        self.assertEqual(document.stamp_content_id, first)
        self.assertEqual(len(document.content_ids), 2)
        # even when the link is lost: the same stamp on the same file has the same digest
        document._write_by_system({'stamp_content_id': False})
        document.action_stamp()
        self.assertEqual((document.stamp_content_id, len(document.content_ids)), (first, 2))

    def test_stamp_lies_in_the_journal_and_number_does_not_change(self):
        document = self._receive()
        document.action_stamp()
        self.assertEqual(self._get_events(document)[-1], 'capture')
        with self.assertRaises(AccessError):
            document.stamp_content_id = False
        with self.assertRaises(AccessError):
            document.register_label = '99'

    def test_only_clerks_stamp_what_has_a_number(self):
        document = self._receive()
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user).action_stamp()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._print(user, document_ids=document.ids, kind='overprint')
        draft = self._create_document()
        paper = self._create_registered()
        letter = self._receive('bang.txt', "Nội dung".encode())
        cancelled = self._receive(raw=make_pdf("HUY"))
        cancelled._apply_reason('_cancel', "Ghi nhầm")
        for refused, words in (
            (draft, "no arrival number"), (paper, "no file"), (letter, "neither a PDF nor a picture"), (cancelled, "cancelled"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                refused.action_stamp()

    def test_many_are_stamped_with_a_result_each(self):
        good = self._receive()
        paper = self._create_registered()
        other = self._receive(raw=make_letter(4))
        results = (good | paper | other)._stamp_each()
        self.assertEqual([result['ok'] for result in results], [True, False, True])
        self.assertEqual(results[0]['content_id'], good.stamp_content_id.id)
        self.assertIn("no file", results[1]['message'])
        params = (good | paper | other).action_stamp()['params']
        self.assertEqual((params['type'], params['sticky']), ('warning', True))
        self.assertIn("2 stamped, 1 not", params['message'])
        self.assertIn(paper.display_name, params['message'])

    def test_too_many_are_not_stamped_at_once(self):
        self.env['civic.rule.value'].search([('key', '=', 'report.max_stamped')]).value = '1'
        with self.assertRaisesRegex(UserError, "too many"):
            (self._create_registered() | self._create_registered())._stamp_each()

    def test_pictures_and_bad_files(self):
        picture = Image.new('RGB', (1240, 1754), 'white')
        output = io.BytesIO()
        picture.save(output, 'PNG', dpi=(150, 150))
        scan = self._receive('scan.png', output.getvalue())
        scan.action_stamp()
        self.assertIn("Số: 01", self._read(scan.stamp_content_id))
        broken = self._receive(raw=make_pdf("VAN BAN"))
        for code, words in (
            ('corrupt', "damaged"), ('encrypted', "password"), ('too_large', "larger"), ('timeout', "limits"), ('limit', "limits"),
        ):
            with patch(
                'odoo.addons.civic_incoming.models.civic_document_stamp.stamp_file', side_effect=OverlayFailed(code),
            ), self.subTest(code), self.assertRaisesRegex(UserError, words):
                broken.action_stamp()

    def test_corner_of_the_agency(self):
        left, right = self._receive(), self._receive()
        places = []
        stamp_file = civic_document_stamp.stamp_file

        def note(*args, **values):
            data, place = stamp_file(*args, **values)
            places.append(place['x'] + place['width'] / 2)
            return data, place

        with patch.object(civic_document_stamp, 'stamp_file', note):
            left.action_stamp()
            self.agency.stamp_corner = 'right'
            right.action_stamp()
        self.assertLess(places[0], 105)
        self.assertGreater(places[1], 105)

    def test_qr_leads_to_the_record(self):
        document = self._receive()
        url = document._get_stamp().url
        self.assertRegex(url, r'^https?://[^/]+/odoo/[a-z-]+/%s$' % document.id)

    # === PAPER === #

    def test_labels_and_stamps_on_sheets(self):
        documents = self._create_registered() | self._create_registered(code_number='124')
        sheet = self.env.ref('civic_report.civic_label_format_a4_24')
        [page] = read_pdf(self._print(document_ids=documents.ids, kind='label', format_id=sheet.id, start=3))
        text = ' '.join(page.split())
        for part in ("Arrival No. 01", "Arrival No. 02", "Arrived on 05/03/2025", "123/QĐ-BNV"):
            self.assertIn(part, text)
        roll = self.env.ref('civic_report.civic_label_format_roll_70_50')
        pages = read_pdf(self._print(document_ids=documents.ids, kind='stamp', format_id=roll.id))
        self.assertEqual(["Số: 01" in pages[0], "Số: 02" in pages[1]], [True, True])
        for values in (
            {'kind': 'stamp', 'format_id': self.env.ref('civic_report.civic_label_format_roll_50_30').id},
            {'kind': 'label', 'format_id': sheet.id, 'start': 25}, {'kind': 'label', 'format_id': 0}, {'kind': 'x'}, {},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._print(document_ids=documents.ids, **values)

    def test_stamp_for_the_paper_original(self):
        documents = self._create_registered() | self._create_registered()
        data = self._print(document_ids=documents.ids, kind='overprint')
        self.assertEqual(len(read_pdf(data)), 2)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            self.assertEqual([round(float(side) / MM) for side in pdf.pages[0].mediabox], [0, 0, 210, 297])
        events = self.env['civic.journal.entry'].search([
            ('event_type', '=', 'print'), ('res_model', '=', 'civic.document'), ('res_id', 'in', documents.ids)])
        self.assertEqual(len(events), 2)

    def test_label_tells_passers_by_no_secret(self):
        document = self._create_registered(
            self.clerk, subject="Kiểm điểm ông A", access_level='restricted', user_ids=self.leader.ids)
        self.assertNotIn("Kiểm điểm", document._get_label().subject)

    def test_dialog(self):
        document = self._create_registered()
        with Form.from_action(self.env, document.with_user(self.clerk).action_print_labels()) as form:
            form.start = 24
        wizard = form.record
        self.assertEqual(wizard.document_ids, document)
        self.assertRegex(wizard.action_print()['url'], r'^/civic/form/label\.pdf\?options=')
        wizard.start = 25
        with self.assertRaises(UserError):
            wizard.action_print()
