import email
import struct
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.civic_document.tests.pdf import make_pdf

from .intake_common import CivicIntakeCommon, make_mail

PDF = 'application/pdf'
LOGO = bytes.fromhex(
    '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001'
    'a5f645400000000049454e44ae426082')


def make_tnef(*files):
    """Return a winmail.dat with [(name, bytes)], after MS-OXTNEF: signature, key, then attributes with checksums."""
    def attribute(level, name, kind, data):
        return (
            bytes([level]) + struct.pack('<HHI', name, kind, len(data)) + data + struct.pack('<H', sum(data) & 0xFFFF))

    raw = struct.pack('<IH', 0x223E9F78, 1)
    raw += attribute(1, 0x9006, 8, struct.pack('<I', 0x00010000))           # version
    raw += attribute(1, 0x9007, 6, struct.pack('<II', 1252, 0))             # code page
    for name, content in files:
        raw += attribute(2, 0x9002, 6, struct.pack('<HIHHI', 1, 0xFFFFFFFF, 0, 0, 0))
        raw += attribute(2, 0x8010, 1, name.encode() + b'\0')               # title
        raw += attribute(2, 0x800F, 6, content)                             # data
    return raw


@tagged('post_install', '-at_install')
class TestIntakeMail(CivicIntakeCommon):

    def test_message_becomes_a_draft_and_is_kept_as_it_came(self):
        raw = make_pdf("QUYET DINH")
        message = make_mail(("Quyết định 123.pdf", raw, PDF)).as_bytes()
        document = self._deliver(message)
        self.assertRecordValues(document, [{
            'state': 'draft', 'direction': 'incoming', 'company_id': self.agency.id, 'arrival_channel': 'email',
            'sender_email': 'vanthu@bonoivu.gov.vn', 'sender_id': self.ministry.id, 'subject': False}])
        self.assertEqual(document.content_ids.attachment_id.raw, raw)
        self.assertEqual(document.content_ids.name, "Quyết định 123.pdf")
        self.assertIn("Gửi quyết định", document.intake_note)
        self.assertEqual(document.arrival_ids.attachment_id.raw, message)
        posted = document.message_ids.filtered(lambda line: line.message_type == 'email')
        self.assertIn("Kính gửi", posted.body)
        self.assertFalse(posted.attachment_ids)
        self.assertFalse(self.env['ir.attachment'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)]))

    def test_another_message_with_a_known_identifier_is_not_lost(self):
        """The sender chooses the identifier of a message, by mistake or on purpose."""
        first = self._deliver(make_mail(("a.pdf", make_pdf("MOT"), PDF), message_id='<1@bonoivu.gov.vn>'))
        other = self._deliver(make_mail(("a.pdf", make_pdf("HAI"), PDF), message_id='<1@bonoivu.gov.vn>'))
        self.assertTrue(other)
        self.assertNotEqual(other, first)
        self.assertIn("same identifier", other.arrival_ids.message)
        self.assertNotIn("same identifier", first.arrival_ids.message or '')
        again = self._deliver(make_mail(("a.pdf", make_pdf("HAI"), PDF), message_id='<1@bonoivu.gov.vn>'))
        self.assertEqual(again, other)

    def test_the_same_message_by_another_way_is_taken_once(self):
        message = make_mail(("a.pdf", make_pdf("MOT"), PDF), message_id='<2@bonoivu.gov.vn>')
        first = self._deliver(message)
        message['Received'] = 'by relay.hoaphuong.gov.vn'
        self.assertEqual(self._deliver(message), first)

    def test_forty_attachments_in_one_draft_in_their_order(self):
        names = [f"phu-luc-{index:02d}.pdf" for index in range(40)]
        files = [(name, make_pdf(f"PHU LUC {index}"), PDF) for index, name in enumerate(names)]
        files.insert(3, ("ghi-chu.txt", b"ghi chu", 'text/plain'))
        document = self._deliver(make_mail(*files))
        contents = document.content_ids.sorted(lambda content: (content.sequence, content.id))
        self.assertEqual(document.main_content_id.name, names[0])
        self.assertEqual(contents.mapped('name'), names[:3] + ["ghi-chu.txt"] + names[3:])
        self.assertEqual(set(contents[1:].mapped('role')), {'appendix'})

    def test_the_pdf_is_the_document_whatever_came_before_it(self):
        document = self._deliver(make_mail(
            ("so-lieu.csv", b"a,b\n1,2\n", 'text/csv'), ("cong-van.pdf", make_pdf("CONG VAN"), PDF)))
        self.assertEqual(document.main_content_id.name, "cong-van.pdf")
        self.assertEqual(document.content_ids.mapped('role'), ['original', 'appendix'])

    def test_winmail_dat_is_unpacked(self):
        raw = make_pdf("QUYET DINH")
        document = self._deliver(make_mail(
            ('winmail.dat', make_tnef(("quyet-dinh.pdf", raw), ("phu-luc.txt", b"phu luc")), 'application/ms-tnef')))
        self.assertEqual(document.content_ids.mapped('name'), ["quyet-dinh.pdf", "phu-luc.txt"])
        self.assertEqual(document.main_content_id.attachment_id.raw, raw)

    def test_damaged_winmail_dat_goes_to_quarantine(self):
        document = self._deliver(make_mail(
            ('winmail.dat', b'\x78\x9f\x3e\x22' + bytes(30), 'application/ms-tnef'), ("a.pdf", make_pdf("MOT"), PDF)))
        self.assertEqual(document.content_ids.mapped('name'), ["a.pdf"])
        self.assertEqual(document.arrival_ids.quarantine_ids.name, 'winmail.dat')

    def test_messages_in_messages_are_unpacked(self):
        inner = make_mail(("trong.pdf", make_pdf("TRONG"), PDF), subject="Chuyển tiếp")
        middle = make_mail(subject="Giữa")
        middle.add_attachment(inner)
        outer = make_mail(("ngoai.pdf", make_pdf("NGOAI"), PDF))
        outer.add_attachment(middle)
        document = self._deliver(outer)
        self.assertEqual(document.content_ids.mapped('name'), ["ngoai.pdf", "trong.pdf"])

    def test_program_goes_to_quarantine_and_the_rest_goes_on(self):
        document = self._deliver(make_mail(
            ("cong-van.pdf", make_pdf("CONG VAN"), PDF), ("cap-nhat.exe", b'MZ' + bytes(200), 'application/octet-stream'),
            ("ho-so.zip", b'PK\x03\x04' + bytes(50), 'application/zip'), ("hong.pdf", b'%PDF-1.7 hong', PDF)))
        self.assertEqual(document.content_ids.mapped('name'), ["cong-van.pdf"])
        arrival = document.arrival_ids
        self.assertEqual(arrival.state, 'partly')
        self.assertEqual(
            set(arrival.quarantine_ids.mapped('name')), {"cap-nhat.exe", "ho-so.zip", "hong.pdf"})
        for name in ("cap-nhat.exe", "ho-so.zip", "hong.pdf"):
            self.assertIn(name, document.intake_note)

    def test_message_without_an_acceptable_file_still_makes_a_draft(self):
        document = self._deliver(make_mail(("a.exe", b'MZ' + bytes(200), 'application/octet-stream')))
        self.assertFalse(document.content_ids)
        self.assertEqual(document.subject, "Gửi quyết định")
        self.assertTrue(document.arrival_ids.has_file)

    def test_logo_of_a_signature_is_no_file_but_a_pasted_page_is(self):
        page = LOGO[:33] + bytes(0)
        message = make_mail(("cong-van.pdf", make_pdf("CONG VAN"), PDF))
        html = '<p>Kính gửi</p><img src="cid:logo1"><img src="cid:trang1">'
        message.get_body().add_alternative(html, subtype='html')
        part = message.get_body(('html',))
        part.add_related(LOGO, 'image', 'png', cid='<logo1>', filename='logo.png')
        page = self._make_picture()
        part.add_related(page, 'image', 'png', cid='<trang1>', filename='trang.png')
        document = self._deliver(message)
        self.assertEqual(sorted(document.content_ids.mapped('name')), ["cong-van.pdf", "trang.png"])

    def _make_picture(self):
        import io
        import os

        from PIL import Image

        stream = io.BytesIO()
        Image.frombytes('RGB', (250, 200), os.urandom(150000)).save(stream, 'PNG')
        self.assertGreater(len(stream.getvalue()), 100000)
        return stream.getvalue()

    def test_same_message_twice_is_one_draft(self):
        message = make_mail(("a.pdf", make_pdf("MOT"), PDF)).as_bytes()
        self.assertEqual(self._deliver(message), self._deliver(message))
        self.assertEqual(self.env['civic.arrival'].search_count([('kind', '=', 'email')]), 1)

    def test_automatic_replies_and_bounces_make_no_draft(self):
        self.agency.incoming_alias_name = 'vanban'
        bounce = make_mail(subject="Undelivered", sender="MAILER-DAEMON@bonoivu.gov.vn")
        for message in (
            make_mail(Auto_Submitted='auto-replied'), make_mail(X_Autoreply='yes'), make_mail(Precedence='auto_reply'),
            make_mail(Auto_Submitted='auto-generated'), make_mail(Return_Path='<>'), bounce,
            make_mail(sender="vanban@hoaphuong.gov.vn"),
        ):
            with self.subTest(headers=message.items()):
                self.assertFalse(self._deliver(message))
                self.assertEqual(self._last_arrival().state, 'ignored')
                self.assertTrue(self._last_arrival().has_file)
        # the system of another agency sends by itself, too
        self.assertTrue(self._deliver(make_mail(("a.pdf", make_pdf("MOT"), PDF), Auto_Submitted='auto-generated')))

    def test_what_was_set_aside_can_be_read_all_the_same(self):
        self._deliver(make_mail(("a.pdf", make_pdf("MOT"), PDF), Auto_Submitted='auto-replied'))
        arrival = self._last_arrival()
        arrival.with_user(self.clerk).action_retry()
        self.assertEqual(arrival.document_ids.content_ids.name, "a.pdf")

    def test_flood_of_one_sender_is_set_aside(self):
        self._set_rule('incoming.mail_per_sender_hour', 2)
        documents = [self._deliver(make_mail(("a.pdf", make_pdf("MOT"), PDF))) for _number in range(3)]
        self.assertEqual([bool(document) for document in documents], [True, True, False])
        self.assertTrue(self._last_arrival().has_file)

    def test_state_secret_leaves_nothing_but_the_fact(self):
        before = self.env['civic.document'].search_count([]), self.env['civic.arrival'].search_count([])
        quarantined = self.env['civic.quarantine'].search_count([])
        for message in (
            make_mail(("a.exe", b'MZ' + bytes(99), 'application/octet-stream'), ("b.pdf", make_pdf("TỐI MẬT\nVề việc"), PDF)),
            make_mail(("a.pdf", make_pdf("MOT"), PDF), subject="[MẬT] Gửi công văn"),
            make_mail(("a.pdf", make_pdf("MOT"), PDF), body="Độ mật: Tối mật\nKính gửi"),
            make_mail(("Tuyệt mật.pdf", make_pdf("MOT"), PDF)),
        ):
            self.assertFalse(self._deliver(message))
        self.assertEqual(
            (self.env['civic.document'].search_count([]), self.env['civic.arrival'].search_count([])), before)
        self.assertEqual(self.env['civic.quarantine'].search_count([]), quarantined)
        lines = self.env['civic.journal.entry'].search([('event_type', '=', 'refusal')], limit=4)
        self.assertEqual(['state_secret' in line.detail for line in lines], [True] * 4)

    def test_message_bombs_are_kept_unopened(self):
        deep = b'From: a@b.vn\nTo: vanban@hoaphuong.gov.vn\nMessage-Id: <deep@b.vn>\n' + b''.join(
            b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (index, index) for index in range(3000))
        nested = make_mail(("a.pdf", make_pdf("MOT"), PDF))
        for _level in range(8):
            outer = make_mail()
            outer.add_attachment(nested)
            nested = outer
        many = make_mail(*((f"{index}.txt", b"x", 'text/plain') for index in range(250)))
        for raw in (deep, nested.as_bytes(), many.as_bytes()):
            with self.subTest(raw=raw[:60]):
                self.assertFalse(self._deliver(raw))
                arrival = self._last_arrival()
                self.assertEqual(arrival.state, 'refused')
                self.assertEqual(arrival.quarantine_ids.attachment_id.raw, raw)

    def test_huge_message_is_not_opened(self):
        self._set_rule('incoming.mail_max_bytes', 5000)
        raw = make_mail(("a.txt", b"x" * 6000, 'text/plain')).as_bytes()
        with patch('odoo.addons.civic_incoming.tools.intake.read_mail', side_effect=AssertionError):
            self.assertFalse(self._deliver(raw))
        self.assertEqual(self._last_arrival().quarantine_ids.reason_code, 'too_large')

    def test_tricks_in_names_of_attachments(self):
        document = self._deliver(make_mail(
            ("../../etc/passwd.pdf", make_pdf("MOT"), PDF), ("cong\u202efdp.exe", make_pdf("HAI"), PDF),
            ("Quyết định", make_pdf("BA"), PDF)))
        # a name without an extension gets that of its content
        self.assertEqual(document.content_ids.mapped('name'), ["Quyết định.pdf"])
        self.assertEqual(len(document.arrival_ids.quarantine_ids), 2)

    def test_sender_is_known_by_address_or_by_a_domain_of_its_own(self):
        find = self.env['civic.arrival']._find_sender
        self.assertEqual(find('vanthu@bonoivu.gov.vn'), self.ministry)
        self.assertEqual(find('phong.tochuc@bonoivu.gov.vn'), self.ministry)
        self.ministry.copy({'name': "Cục", 'email': 'cuc@bonoivu.gov.vn', 'is_agency': True})
        self.assertFalse(find('phong.tochuc@bonoivu.gov.vn'))
        self.citizen.write({'is_agency': True, 'email': 'x@gmail.com'})
        self.assertFalse(find('ai.do@gmail.com'))
        self.assertFalse(find("không phải địa chỉ"))

    def test_message_to_two_agencies_makes_a_draft_in_each(self):
        self.other_agency.incoming_alias_name = 'vanban-svh'
        self._deliver(make_mail(
            ("a.pdf", make_pdf("MOT"), PDF), to="vanban@hoaphuong.gov.vn, vanban-svh@hoaphuong.gov.vn"))
        arrivals = self.env['civic.arrival'].search([], limit=2)
        self.assertEqual(arrivals.company_id, self.agency | self.other_agency)
        self.assertEqual(arrivals.document_ids.company_id, self.agency | self.other_agency)

    def test_answer_to_an_acknowledgement_is_a_document_of_its_own(self):
        first = self._deliver(make_mail(("a.pdf", make_pdf("MOT"), PDF)))
        known = first.message_ids.filtered('message_id')[:1].message_id
        second = self._deliver(make_mail(("b.pdf", make_pdf("HAI"), PDF), In_Reply_To=known, References=known))
        self.assertTrue(second)
        self.assertNotEqual(first, second)

    def test_files_of_an_answer_on_a_document_follow_the_rules_too(self):
        document = self._create_document()
        known = document.message_post(body="x").message_id
        message = make_mail(
            ("a.exe", b'MZ' + bytes(99), 'application/octet-stream'), ("b.pdf", make_pdf("HAI"), PDF),
            to="someone@hoaphuong.gov.vn", In_Reply_To=known, References=known)
        self.env['mail.thread'].message_process(False, message.as_bytes())
        answer = document.message_ids[0]
        self.assertEqual(answer.attachment_ids.mapped('name'), ["b.pdf"])
        self.assertIn("a.exe", answer.body)

    @mute_logger('odoo.addons.civic_incoming.models.civic_arrival')
    def test_error_in_the_system_loses_no_message(self):
        raw = make_mail(("a.pdf", make_pdf("MOT"), PDF)).as_bytes()
        with patch.object(self.registry['civic.arrival'], '_make_mail_draft', side_effect=ZeroDivisionError):
            self.assertFalse(self._deliver(raw))
        arrival = self._last_arrival()
        self.assertEqual((arrival.state, arrival.attachment_id.raw), ('failed', raw))
        with self.enter_registry_test_mode():
            self.env.ref('civic_incoming.ir_cron_take_scans').method_direct_trigger()
        self.assertEqual(arrival.document_ids.content_ids.name, "a.pdf")

    def test_only_the_mail_server_delivers(self):
        raw = make_mail(("a.pdf", make_pdf("MOT"), PDF)).as_bytes()
        for user in (self.specialist, self.clerk, self.leader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env['mail.thread'].with_user(user).message_process(False, raw)
        document = self._create_document()
        with self.assertRaises(AccessError):
            self.env['civic.document'].with_user(self.specialist).message_process(
                'civic.document', make_mail(to="x@y.vn").as_bytes(), thread_id=document.id)

    def test_other_addresses_go_the_ordinary_way(self):
        message = make_mail(("a.pdf", make_pdf("MOT"), PDF), to="nobody@hoaphuong.gov.vn")
        with self.assertRaises(ValueError), mute_logger('odoo.addons.mail.models.mail_thread'):
            self.env['mail.thread'].message_process(False, message.as_bytes())

    def test_message_without_a_subject_in_odd_charsets(self):
        raw = (
            b'From: =?windows-1258?q?V=E3n_th=FD?= <a@b.vn>\nTo: vanban@hoaphuong.gov.vn\nSubject: =?x-unknown?q?abc?=\n'
            b'Content-Type: text/plain; charset=x-unknown\n\nK\xednh g\xfdi')
        document = self._deliver(raw)
        self.assertTrue(document)
        self.assertTrue(email.message_from_bytes(document.arrival_ids.attachment_id.raw))
